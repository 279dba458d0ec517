import { homedir } from 'node:os';
import { join } from 'node:path';
import { readManifest } from './manifest';
import { TENSORFLOW_VERSION, TFJS_VERSION } from './native-release';

/** Where a library comes from: TensorFlow's CUDA wheel, its CPU wheel, or the download tfjs-node itself points to. */
export type NativeFlavour = 'cuda' | 'cpu' | 'stock';

/** Where one provisioned libtensorflow lies. A wheel's folder mirrors a Python site-packages folder, so that the
 * library's own run path finds the CUDA libraries beside it. */
export interface NativePaths {
  flavour: NativeFlavour;
  /** Name of the folder, e.g. `tensorflow-2.21.0-cpu-linux-x64-abi115`. */
  key: string;
  root: string;
  /** Folder of the shared libraries, with unversioned names for the linker. */
  lib: string;
  /** C headers (`tensorflow/c/…`) and what they include. */
  include: string;
  /** The Node addon of tfjs-node, built against that library. */
  binding: string;
  /** Our addon that prepares the loading of the library (the stock download has none). */
  loader: string;
  /** Written last: its presence means that the folder is whole and its binding has run. */
  manifest: string;
}

/** The folder shared by all clones of the project: `$XDG_CACHE_HOME/moslora/native`, else `~/.cache/moslora/native`. */
export function nativeCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'moslora', 'native');
}

/** Paths of one flavour, whether or not anything is there. Keyed by version, platform and Node's binary interface. */
export function nativePathsFor(flavour: NativeFlavour, cache = nativeCache()): NativePaths {
  const { platform, arch, versions } = process;
  const library = flavour === 'stock' ? `tfjs-${TFJS_VERSION}` : `tensorflow-${TENSORFLOW_VERSION}`;
  const key = `${library}-${flavour}-${platform}-${arch}-abi${versions.modules}`;
  return pathsIn(join(cache, key), flavour, key);
}

/** The same layout under another folder (used while a folder is being filled). */
export function pathsIn(root: string, flavour: NativeFlavour, key: string): NativePaths {
  const stock = flavour === 'stock';
  const lib = stock ? join(root, 'deps', 'lib') : join(root, 'tensorflow');
  return {
    flavour,
    key,
    root,
    lib,
    include: stock ? join(root, 'deps', 'include') : join(root, 'tensorflow', 'include'),
    binding: stock ? join(root, 'lib', 'napi-v8', 'tfjs_binding.node') : join(root, 'binding', 'tfjs_binding.node'),
    loader: join(root, 'binding', 'loader.node'),
    manifest: join(root, 'manifest.json'),
  };
}

/** The provisioned folder to use: CUDA before CPU before the stock download; undefined when none is whole. */
export function nativePaths(cache = nativeCache()): NativePaths | undefined {
  const candidates = (['cuda', 'cpu', 'stock'] as const).map((flavour) => nativePathsFor(flavour, cache));
  return candidates.find((paths) => readManifest(paths) !== undefined);
}
