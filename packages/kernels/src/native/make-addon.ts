import { availableParallelism } from 'node:os';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeGypScript, nodeHeadersFolder, type CommandRunner, type NativePaths } from '@moslora/runtime';
import { addonGyp, type GypParts } from './addon-gyp';
import type { AddonBuild } from './addon-target';
import type { CudaCompiler } from './cuda-compiler';
import { asPlainSources, compileDeviceCode, isForNvcc } from './device-code';
import { compiledSources, nativeSources, packageFolder } from './sources';

/** What an addon is made with. */
export interface AddonTools {
  run: CommandRunner;
  /** Needed for one that computes on GPUs. */
  nvcc?: CudaCompiler | undefined;
  /** Gets what nvcc says of each file. */
  report?(name: string, output: string): void;
}

/**
 * Makes the addon in `work` from copies of its sources, with node-gyp and, for GPUs, nvcc, and gives its file. Throws with the compiler's
 * first error.
 */
export async function makeAddon(
  work: string,
  paths: NativePaths,
  build: AddonBuild,
  tools: AddonTools,
): Promise<string> {
  for (const name of nativeSources(build.target)) cpSync(join(packageFolder, name), join(work, name));
  writeFileSync(join(work, 'binding.gyp'), addonGyp(paths, build, await parts(work, paths, build, tools)));
  const headers = nodeHeadersFolder();
  const jobs = String(availableParallelism());
  const args = [nodeGypScript(), 'rebuild', '-j', jobs, ...(headers ? [`--nodedir=${headers}`] : [])];
  const result = await tools.run(process.execPath, args, { cwd: work, timeout: 30 * 60_000 });
  const built = join(work, 'build', 'Release', 'kernels.node');
  if (result.code === 0 && existsSync(built)) return built;
  const text = `${result.stdout}\n${result.stderr}`;
  throw new Error(/^.*(?:fatal error|error):.*$/m.exec(text)?.[0] ?? `node-gyp ended with ${result.code}`);
}

/** What node-gyp compiles and links. */
async function parts(work: string, paths: NativePaths, { target }: AddonBuild, tools: AddonTools): Promise<GypParts> {
  if (target === 'emulated') return { sources: asPlainSources(work), objects: [] };
  if (target !== 'cuda') return { sources: compiledSources(target), objects: [] };
  if (tools.nvcc === undefined) throw new Error('nvcc is missing');
  const objects = await compileDeviceCode(work, paths, tools.nvcc, tools);
  const sources = compiledSources(target).filter((name) => !isForNvcc(name));
  return { sources, objects, cudart: tools.nvcc.libraries };
}
