import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { detectFacts, type CommandRunner, type Facts, type NativePaths } from '@moslora/runtime';
import { architectureNames, findCudaCompiler, type CudaCompiler } from './cuda-compiler';
import type { AddonTarget } from './addon-target';
import { compilerFlags } from './cpu-level';
import { isForNvcc } from './device-code';
import { compiledSources } from './sources';

/** What a machine has to build addons with. */
export interface BuildTools extends Pick<Facts, 'compiler' | 'make' | 'nvidia'> {
  nvcc: CudaCompiler | undefined;
}

/** Looks for them; runs only `--version` commands and the like. */
export async function detectTools(run: CommandRunner): Promise<BuildTools> {
  const { compiler, make, nvidia } = await detectFacts(run);
  return { compiler, make, nvidia, nvcc: await findCudaCompiler(run) };
}

/** Why an addon cannot be built (against this library, if it is there yet), in one line; undefined where it can. */
export function obstacleTo(target: AddonTarget, paths: NativePaths | undefined, tools: BuildTools): string | undefined {
  if (paths && !existsSync(join(paths.include, 'tensorflow', 'c', 'kernels.h')))
    return `the native library came without TensorFlow's headers (${paths.flavour})`;
  const missing = [
    ...(tools.compiler ? [] : ['a C++ compiler (g++)']),
    ...(tools.make ? [] : ['make']),
    ...(target !== 'cuda' || tools.nvcc ? [] : ["NVIDIA's compiler (nvcc)"]),
  ];
  return missing.length > 0 ? `${missing.join(', ')} missing` : undefined;
}

/** What compiling does, for --dry-run. */
export function compileActions(target: AddonTarget, nvcc: CudaCompiler | undefined): string[] {
  const files = compiledSources(target);
  if (target !== 'cuda') {
    const flags =
      target === 'emulated' ? 'the CUDA files as C++' : compilerFlags(target).join(' ') || 'no special flags';
    return [`compile ${files.length} files with node-gyp (${flags})`];
  }
  const device = files.filter(isForNvcc).length;
  return [
    `compile ${device} files with ${nvcc ? `${nvcc.program} ${nvcc.version}` : 'nvcc'} for ${architectureNames}`,
    `compile ${files.length - device} files with node-gyp and link them all`,
  ];
}
