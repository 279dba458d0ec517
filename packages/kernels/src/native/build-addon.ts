import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeGypScript, nodeHeadersFolder, type CommandRunner, type NativePaths } from '@moslora/runtime';
import { compilerFlags, type CpuLevel } from './cpu-level';
import { nativeSources, packageFolder } from './sources';

/** The gyp file of the addon for a level, to stand beside copies of its sources. */
export function addonGyp(paths: NativePaths, level: CpuLevel): string {
  const sources = nativeSources();
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
    ],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-O2'],
  };
  return JSON.stringify({ targets: [target] }, null, 1);
}

/** Builds the addon with node-gyp and puts it at `file` in one move. Throws with the compiler's own words. */
export async function buildAddon(paths: NativePaths, level: CpuLevel, file: string, run: CommandRunner): Promise<void> {
  mkdirSync(dirname(dirname(file)), { recursive: true });
  const work = mkdtempSync(`${dirname(file)}.staging-`);
  try {
    for (const name of nativeSources()) cpSync(join(packageFolder, name), join(work, name), { recursive: true });
    writeFileSync(join(work, 'binding.gyp'), addonGyp(paths, level));
    const headers = nodeHeadersFolder();
    const args = [nodeGypScript(), 'rebuild', '-j', '2', ...(headers ? [`--nodedir=${headers}`] : [])];
    const result = await run(process.execPath, args, { cwd: work, timeout: 15 * 60_000 });
    const built = join(work, 'build', 'Release', 'kernels.node');
    if (result.code !== 0 || !existsSync(built)) {
      const text = `${result.stdout}\n${result.stderr}`;
      throw new Error(/^.*(?:fatal error|error):.*$/m.exec(text)?.[0] ?? `node-gyp ended with ${result.code}`);
    }
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(built, `${file}.new`);
    renameSync(`${file}.new`, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
