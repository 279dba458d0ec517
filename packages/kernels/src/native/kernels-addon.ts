import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { isNative, nativePaths } from '@moslora/runtime';
import { addonPath } from './addon-path';

const require = createRequire(import.meta.url);

/** The addon in `native/addon.cc`. */
interface KernelsAddon {
  /** Registers all ops with TensorFlow and gives their names. */
  register(): string[];
  setThreads(count: number): void;
}

let ops: ReadonlySet<string> | undefined;

/** Whether this fused op runs here: on the native backend, where the addon is built, unless MOSLORA_KERNELS=plain. */
export function hasKernel(name: string): boolean {
  return isNative() && kernelOps().has(name);
}

/** The names of the fused ops; none where the addon is missing. Loads it at the first call. */
export function kernelOps(): ReadonlySet<string> {
  return (ops ??= new Set(load()));
}

function load(): string[] {
  if (process.env['MOSLORA_KERNELS'] === 'plain') return [];
  const paths = nativePaths();
  const file = paths && addonPath(paths);
  if (file === undefined || !existsSync(file)) return [];
  const addon = require(file) as KernelsAddon;
  addon.setThreads(Number(process.env['MOSLORA_THREADS']) || availableParallelism());
  return addon.register();
}
