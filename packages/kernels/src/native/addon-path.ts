import { dirname, join } from 'node:path';
import type { NativePaths } from '@moslora/runtime';
import { cpuLevel, type CpuLevel } from './cpu-level';
import { sourcesHash } from './sources';

/** Where the addon of these sources, this library and this processor lies, beside the library's folder in the user's cache. */
export function addonPath(paths: NativePaths, level: CpuLevel = cpuLevel()): string {
  return join(dirname(paths.root), `kernels-${sourcesHash()}-${level}-${paths.key}`, 'kernels.node');
}
