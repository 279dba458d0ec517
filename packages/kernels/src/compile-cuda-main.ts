import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativePaths, runCommand } from '@moslora/runtime';
import { detectTools, obstacleTo } from './native/build-tools';
import { architectureNames } from './native/cuda-compiler';
import { makeAddon } from './native/make-addon';
import { missingOnDevice } from './native/op-sets';
import { describeUse, registerUse } from './native/register-use';
import { tryAddon } from './native/try-addon';

// Compiles the ops' CUDA code with nvcc, links the addon for GPUs against the library that is there (a CPU's will do), and registers its
// ops in a process of their own. No GPU is needed, and nothing is kept: npx nx run kernels:compile-cuda
const build = { target: 'cuda', sanitized: false } as const;
const paths = nativePaths();
const tools = await detectTools(runCommand);
const obstacle =
  paths === undefined ? 'there is no native library (npx nx run runtime:provision)' : obstacleTo('cuda', paths, tools);
if (paths === undefined || obstacle !== undefined) console.log(`skipped: ${obstacle}`);
else {
  const { nvcc, nvidia } = tools;
  console.log(`compiling with nvcc ${nvcc!.version} for ${architectureNames}`);
  const work = mkdtempSync(join(tmpdir(), 'moslora-cuda-'));
  const start = Date.now();
  try {
    const report = (name: string, output: string): void => console.log(describeUse(name, registerUse(output)));
    const file = await makeAddon(work, paths, build, { run: runCommand, nvcc, report });
    const computes = nvidia && paths.flavour === 'cuda';
    const ops = await tryAddon(paths, file, runCommand, build, computes);
    const missing = missingOnDevice();
    const seconds = Math.round((Date.now() - start) / 1000);
    console.log(
      `${ops.length} ops for GPUs compiled, linked and registered in ${seconds} s; not in CUDA: ${missing.join(', ') || 'none'}`,
    );
    console.log(computes ? 'a sum of three vectors is right' : 'none was run: no GPU is here');
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
