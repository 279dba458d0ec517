import { availableParallelism } from 'node:os';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeGypScript, nodeHeadersFolder, type CommandRunner, type NativePaths } from '@moslora/runtime';
import { writeAddonManifest } from './addon-manifest';
import { compilerFlags, type CpuLevel } from './cpu-level';
import { sanitizerFlags } from './sanitizer';
import { nativeSources, packageFolder } from './sources';
import { tryAddon } from './try-addon';

/** The gyp file of the addon for a level, to stand beside copies of its sources. */
export function addonGyp(paths: NativePaths, level: CpuLevel, sanitized = false): string {
  const sources = nativeSources();
  const sanitizer = sanitized ? sanitizerFlags : { compiler: [], linker: [] };
  const target = {
    target_name: 'kernels',
    sources: sources.filter((name) => name.endsWith('.cc')),
    include_dirs: ['native', paths.include],
    defines: ['NAPI_VERSION=8'],
    library_dirs: [paths.lib],
    libraries: ['-ltensorflow_cc', '-ltensorflow_framework', '-lpthread'],
    cflags_cc: [
      ...['-std=c++17', '-O3', '-fexceptions', '-fno-math-errno', '-fno-trapping-math', '-fno-signed-zeros'],
      ...['-fvisibility=hidden', '-Wno-maybe-uninitialized', '-Wno-psabi', ...compilerFlags(level)],
      ...sanitizer.compiler,
    ],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-O2'],
    ldflags: sanitizer.linker,
  };
  return JSON.stringify({ targets: [target] }, null, 1);
}

/**
 * Builds the addon with node-gyp, tries it in a child process and puts its folder in place in one move: whoever looks sees none, or
 * one that works. Gives the names of its ops; throws with the compiler's own words, or with why it does not load.
 */
export async function buildAddon(
  paths: NativePaths,
  level: CpuLevel,
  file: string,
  run: CommandRunner,
  sanitized = false,
): Promise<string[]> {
  const folder = dirname(file);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.staging-`);
  try {
    for (const name of nativeSources()) cpSync(join(packageFolder, name), join(work, name), { recursive: true });
    writeFileSync(join(work, 'binding.gyp'), addonGyp(paths, level, sanitized));
    const built = await compile(work, run);
    const whole = join(work, 'whole');
    mkdirSync(whole);
    copyFileSync(built, join(whole, 'kernels.node'));
    const ops = await tryAddon(paths, join(whole, 'kernels.node'), run, sanitized).catch((error: Error) => {
      throw new Error(`the addon was built but does not load: ${error.message}`);
    });
    writeAddonManifest(join(whole, 'kernels.node'), ops);
    if (existsSync(folder)) renameSync(folder, join(work, 'replaced'));
    renameSync(whole, folder);
    return ops;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
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
