import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativePaths } from './native-paths';
import { lastLine, type CommandResult, type CommandRunner } from './command';

const require = createRequire(import.meta.url);

/** Folder of the installed `@tensorflow/tfjs-node-gpu`, whose addon sources we build. */
export function tfjsNodeFolder(): string {
  return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}

/** Path of node-gyp's script, to be run with this very Node. */
export function nodeGypScript(): string {
  const manifest = require.resolve('node-gyp/package.json');
  return join(dirname(manifest), 'bin', 'node-gyp.js');
}

/** The folder to pass as `--nodedir`: where this Node's own headers lie, or undefined to let node-gyp fetch them. */
export function nodeHeadersFolder(execPath = process.execPath): string | undefined {
  const folder = dirname(dirname(execPath));
  return existsSync(join(folder, 'include', 'node', 'node_api.h')) ? folder : undefined;
}

/** Our own addon sources, beside this package's `src`. */
const ownSources = fileURLToPath(new URL('../../native', import.meta.url));

/** A gyp file that builds `binding/*.cc` beside it against the library in `paths`, found at run time relative to the addon. */
export function bindingGyp(paths: NativePaths): string {
  const origin = process.platform === 'darwin' ? '@loader_path' : '\\$$ORIGIN';
  const defines = ['NAPI_VERSION=8'];
  const binding = {
    target_name: 'tfjs_binding',
    sources: ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
    include_dirs: ['.', paths.include],
    defines,
    library_dirs: [paths.lib],
    libraries: [`-Wl,-rpath,${origin}/../tensorflow`, '-ltensorflow_cc', '-ltensorflow_framework'],
    cflags_cc: ['-w'],
  };
  const loader = { target_name: 'loader', sources: ['loader.cc'], defines, libraries: ['-ldl'] };
  return JSON.stringify({ targets: [binding, loader] }, null, 1);
}

/** Links without a version beside the libraries, which is what a linker's `-l` looks for. */
export function linkLibraries(paths: NativePaths, libraries: readonly string[]): void {
  for (const library of libraries) {
    const plain = library.replace(/\.so\.\d+$/, '.so').replace(/\.\d+\.dylib$/, '.dylib');
    if (plain !== library) symlinkSync(library, join(paths.lib, plain));
  }
}

/** Builds the addons with node-gyp beside `paths.binding`. Throws with the compiler's own words when that fails. */
export async function buildBinding(paths: NativePaths, run: CommandRunner): Promise<void> {
  const work = join(paths.root, 'build-binding');
  mkdirSync(work, { recursive: true });
  cpSync(join(tfjsNodeFolder(), 'binding'), join(work, 'binding'), { recursive: true });
  cpSync(join(ownSources, 'loader.cc'), join(work, 'loader.cc'));
  writeFileSync(join(work, 'binding.gyp'), bindingGyp(paths));
  const headers = nodeHeadersFolder();
  const args = [nodeGypScript(), 'rebuild', '-j', '2', ...(headers ? [`--nodedir=${headers}`] : [])];
  const result = await run(process.execPath, args, { cwd: work, timeout: 15 * 60_000 });
  const built = join(work, 'build', 'Release');
  if (result.code !== 0 || !existsSync(join(built, 'tfjs_binding.node'))) {
    throw new Error(`node-gyp could not build the binding: ${compilerError(result)}`);
  }
  mkdirSync(dirname(paths.binding), { recursive: true });
  copyFileSync(join(built, 'tfjs_binding.node'), paths.binding);
  copyFileSync(join(built, 'loader.node'), paths.loader);
  rmSync(work, { recursive: true, force: true });
}

/** The compiler's first error, or the last telling line where there is none. */
function compilerError(result: CommandResult): string {
  const text = `${result.stdout}\n${result.stderr}`;
  return (
    /^.*(?:fatal error|error):.*$/m.exec(text)?.[0] ??
    /^gyp ERR! stack (?:Error: )?(.+)$/m.exec(text)?.[1] ??
    lastLine(result)
  );
}
