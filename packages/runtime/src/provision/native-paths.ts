import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TENSORFLOW_VERSION, type Accelerator } from './native-release';

/** Where one provisioned libtensorflow lies. The folder mirrors a Python site-packages folder, so that the
 * library's own run path finds the CUDA libraries beside it. */
export interface NativePaths {
  accelerator: Accelerator;
  /** e.g. `tensorflow-2.21.0-cpu-linux-x64-abi115` */
  key: string;
  root: string;
  /** Folder of libtensorflow_cc and libtensorflow_framework, with unversioned links for `-ltensorflow_cc`. */
  lib: string;
  /** C headers (`tensorflow/c/…`) and what they include. */
  include: string;
  /** The Node addon of tfjs-node-gpu, built against that library. */
  binding: string;
  /** Written last: its presence means that the folder is whole and its binding has run. */
  manifest: string;
}

/** The folder shared by all clones of the project: `$XDG_CACHE_HOME/moslora/native` or `~/.cache/moslora/native`. */
export function nativeCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'moslora', 'native');
}

/** Paths of one flavour, whether or not anything is there. */
export function nativePathsFor(accelerator: Accelerator, cache = nativeCache()): NativePaths {
  const { platform, arch, versions } = process;
  const key = `tensorflow-${TENSORFLOW_VERSION}-${accelerator}-${platform}-${arch}-abi${versions.modules}`;
  return pathsIn(join(cache, key), accelerator, key);
}

/** The same layout under another folder (used while a folder is being filled). */
export function pathsIn(root: string, accelerator: Accelerator, key: string): NativePaths {
  return {
    accelerator,
    key,
    root,
    lib: join(root, 'tensorflow'),
    include: join(root, 'tensorflow', 'include'),
    binding: join(root, 'binding', 'tfjs_binding.node'),
    manifest: join(root, 'manifest.json'),
  };
}

/** The provisioned folder to use, the CUDA one first; undefined when there is none yet. */
export function nativePaths(cache = nativeCache()): NativePaths | undefined {
  const candidates = (['cuda', 'cpu'] as const).map((accelerator) => nativePathsFor(accelerator, cache));
  return candidates.find((paths) => existsSync(paths.manifest) && existsSync(paths.binding));
}
