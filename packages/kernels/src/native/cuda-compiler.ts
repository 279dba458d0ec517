import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRunner } from '@moslora/runtime';

/** NVIDIA's compiler, and the toolkit's runtime for a linker other than its own. */
export interface CudaCompiler {
  program: string;
  /** e.g. `13.0` */
  version: string;
  /** Folder with libcudart_static.a. */
  libraries: string;
}

/** GPUs that the device code is compiled for; what is newer compiles it anew from the last one's PTX when it is loaded. */
const architectures = ['80', '90'] as const;

/** The options that name them to nvcc. */
export const architectureFlags: readonly string[] = [
  ...architectures.map((sm) => `-gencode=arch=compute_${sm},code=sm_${sm}`),
  `-gencode=arch=compute_${architectures.at(-1)},code=compute_${architectures.at(-1)}`,
];

/** For messages. */
export const architectureNames = `${architectures.map((sm) => `sm_${sm}`).join(', ')} and PTX`;

/** nvcc, where one answers that has its runtime library: NVCC, CUDA_HOME's, the one on the PATH, /usr/local/cuda's. */
export async function findCudaCompiler(run: CommandRunner, env = process.env): Promise<CudaCompiler | undefined> {
  const { NVCC, CUDA_HOME } = env;
  const candidates = [NVCC, CUDA_HOME && join(CUDA_HOME, 'bin', 'nvcc'), 'nvcc', '/usr/local/cuda/bin/nvcc'];
  for (const program of candidates) {
    if (!program) continue;
    const { code, stdout } = await run(program, ['--version'], { timeout: 30_000 });
    const version = /release (\d+\.\d+)/.exec(stdout)?.[1];
    if (code !== 0 || version === undefined) continue;
    const libraries = await runtimeFolder(program, run);
    if (libraries !== undefined) return { program, version, libraries };
  }
  return undefined;
}

/** Where nvcc's linker looks for the runtime library; nvcc may be a script that calls another one. */
async function runtimeFolder(program: string, run: CommandRunner): Promise<string | undefined> {
  const { stderr } = await run(program, ['--dryrun', '-shared', '-o', 'x.so', 'x.o'], { timeout: 30_000 });
  const line = /^#\$ LIBRARIES=(.*)$/m.exec(stderr)?.[1] ?? '';
  const folders = [...line.matchAll(/"-L([^"]+)"/g)].map(([, folder]) => folder!);
  return folders.find((folder) => filesIn(folder).includes('libcudart_static.a'));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
