import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NativePaths } from './native-paths';

/**
 * The CUDA libraries of a provisioned folder, to be loaded by path before TensorFlow asks the linker for them by name.
 * Leaves out those that others load themselves from beside them when they need them (cuDNN's engines and the like).
 */
export function cudaLibraries(paths: NativePaths): string[] {
  const folder = join(paths.root, 'nvidia');
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter(
      (name) => /(^|\/)lib[^/]+\.so(\.\d+)+$/.test(name) && !/cudnn_|builtins|nvblas|checkpoint|pcsamp/.test(name),
    )
    .sort()
    .map((name) => join(folder, name));
}
