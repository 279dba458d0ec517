import { availableParallelism } from 'node:os';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeGypScript, nodeHeadersFolder, type CommandRunner, type NativePaths } from '@moslora/runtime';
import { addonGyp, type GypParts } from './addon-gyp';
import { writeAddonManifest } from './addon-manifest';
import type { AddonBuild } from './addon-target';
import type { CudaCompiler } from './cuda-compiler';
import { asPlainSources, compileDeviceCode, isForNvcc } from './device-code';
import { compiledSources, nativeSources, packageFolder } from './sources';
import { tryAddon } from './try-addon';

/**
 * Builds the addon with node-gyp (and nvcc, for GPUs), tries it in a child process and puts its folder in place in one move: whoever
 * looks sees none, or one that works. Gives the names of its ops; throws with the compiler's own words, or with why it does not work.
 */
export async function buildAddon(
  paths: NativePaths,
  build: AddonBuild,
  file: string,
  run: CommandRunner,
  nvcc?: CudaCompiler,
): Promise<string[]> {
  const folder = dirname(file);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.staging-`);
  try {
    for (const name of nativeSources(build.target)) cpSync(join(packageFolder, name), join(work, name));
    writeFileSync(join(work, 'binding.gyp'), addonGyp(paths, build, await parts(work, paths, build, run, nvcc)));
    const built = await compile(work, run);
    const whole = join(work, 'whole');
    mkdirSync(whole);
    copyFileSync(built, join(whole, 'kernels.node'));
    const ops = await tryAddon(paths, join(whole, 'kernels.node'), run, build).catch((error: Error) => {
      throw new Error(`the addon was built but does not work: ${error.message}`);
    });
    writeAddonManifest(join(whole, 'kernels.node'), ops);
    if (existsSync(folder)) renameSync(folder, join(work, 'replaced'));
    renameSync(whole, folder);
    return ops;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What node-gyp compiles and links. */
async function parts(
  work: string,
  paths: NativePaths,
  { target }: AddonBuild,
  run: CommandRunner,
  nvcc: CudaCompiler | undefined,
): Promise<GypParts> {
  if (target === 'emulated') return { sources: asPlainSources(work), objects: [] };
  if (target !== 'cuda') return { sources: compiledSources(target), objects: [] };
  if (nvcc === undefined) throw new Error('nvcc is missing');
  const objects = await compileDeviceCode(work, paths, nvcc, run);
  return { sources: compiledSources(target).filter((name) => !isForNvcc(name)), objects, cudart: nvcc.libraries };
}

/** The addon that node-gyp makes in this folder. Throws with the compiler's first error. */
async function compile(work: string, run: CommandRunner): Promise<string> {
  const headers = nodeHeadersFolder();
  const jobs = String(availableParallelism());
  const args = [nodeGypScript(), 'rebuild', '-j', jobs, ...(headers ? [`--nodedir=${headers}`] : [])];
  const result = await run(process.execPath, args, { cwd: work, timeout: 30 * 60_000 });
  const built = join(work, 'build', 'Release', 'kernels.node');
  if (result.code === 0 && existsSync(built)) return built;
  const text = `${result.stdout}\n${result.stderr}`;
  throw new Error(/^.*(?:fatal error|error):.*$/m.exec(text)?.[0] ?? `node-gyp ended with ${result.code}`);
}
