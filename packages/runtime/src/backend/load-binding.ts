import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cudaLibraries } from '../provision/cuda-libraries';
import type { NativePaths } from '../provision/native-paths';
import type { TfBinding } from './tf-binding';

const require = createRequire(import.meta.url);

/** Our addon in `native/loader.cc`. */
interface Loader {
  mute(): void;
  unmute(): void;
  /** Undefined when the library is loaded, else the linker's message. */
  preload(path: string): string | undefined;
}

/**
 * Loads tfjs-node's addon and with it TensorFlow's library, CUDA's libraries first where there are some. What they write
 * about themselves while they load is kept off standard error, unless TF_CPP_MIN_LOG_LEVEL is under 2.
 */
export function loadBinding(paths: NativePaths): TfBinding {
  const level = (process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2');
  if (!existsSync(paths.loader)) return require(paths.binding) as TfBinding;
  const loader = require(paths.loader) as Loader;
  preloadCuda(paths, loader);
  if (Number(level) < 2) return require(paths.binding) as TfBinding;
  loader.mute();
  try {
    return require(paths.binding) as TfBinding;
  } finally {
    loader.unmute();
  }
}

function preloadCuda(paths: NativePaths, loader: Loader): void {
  const libraries = cudaLibraries(paths);
  if (libraries.length === 0) return;
  process.env['XLA_FLAGS'] ??= `--xla_gpu_cuda_data_dir=${join(paths.root, 'nvidia', 'cuda_nvcc')}`;
  // Those that need a later one fail the first time; what still fails TensorFlow reports by its own means.
  const failed = libraries.filter((library) => loader.preload(library) !== undefined);
  for (const library of failed) loader.preload(library);
}
