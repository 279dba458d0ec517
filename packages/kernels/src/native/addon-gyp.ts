import type { NativePaths } from '@moslora/runtime';
import { isDeviceCode, type AddonBuild } from './addon-target';
import { compilerFlags } from './cpu-level';
import { sanitizerFlags } from './sanitizer';

/** What an addon is made of. */
export interface GypParts {
  /** Files to compile, relative to the gyp file. */
  sources: readonly string[];
  /** Object files made before. */
  objects: readonly string[];
  /** Folder of CUDA's runtime library, where it is needed. */
  cudart?: string;
}

/** The gyp file of an addon, to stand beside copies of its sources. */
export function addonGyp(paths: NativePaths, { target, sanitized }: AddonBuild, parts: GypParts): string {
  const sanitizer = sanitized ? sanitizerFlags : { compiler: [], linker: [] };
  const cudart = parts.cudart === undefined ? [] : [`-L${parts.cudart}`, '-lcudart_static', '-ldl', '-lrt'];
  // Emulated code keeps to what C++ says of numbers.
  const arithmetic = isDeviceCode(target)
    ? ['-ffp-contract=off']
    : ['-fno-math-errno', '-fno-trapping-math', '-fno-signed-zeros', ...compilerFlags(target)];
  const gyp = {
    target_name: 'kernels',
    sources: parts.sources,
    include_dirs: ['native', paths.include],
    defines: ['NAPI_VERSION=8', ...(target === 'cuda' ? ['MOSLORA_DEVICE="GPU"'] : [])],
    library_dirs: [paths.lib],
    libraries: [...parts.objects, '-ltensorflow_cc', '-ltensorflow_framework', '-lpthread', ...cudart],
    cflags_cc: [
      ...['-std=c++17', '-O3', '-fexceptions', '-fvisibility=hidden', '-Wno-maybe-uninitialized', '-Wno-psabi'],
      ...arithmetic,
      ...sanitizer.compiler,
    ],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-O2'],
    ldflags: sanitizer.linker,
  };
  return JSON.stringify({ targets: [gyp] }, null, 1);
}
