import { dirname, join } from 'node:path';
import type { NativePaths } from '@moslora/runtime';
import { cpuLevel, type CpuLevel } from './cpu-level';
import { sourcesHash } from './sources';

/** One build of the addon. */
export interface AddonBuild {
  level: CpuLevel;
  /** Built with the address sanitizer, for finding errors. */
  sanitized: boolean;
}

/** Where the addon of these sources, this library and this processor lies, beside the library's folder in the user's cache. */
export function addonPath(paths: NativePaths, level: CpuLevel = cpuLevel(), sanitized = false): string {
  const folder = `kernels-${sourcesHash()}-${addonKey(paths, { level, sanitized })}`;
  return join(dirname(paths.root), folder, 'kernels.node');
}

/** What tells one addon of the same sources from another. */
export function addonKey(paths: NativePaths, { level, sanitized }: AddonBuild): string {
  return `${level}${sanitized ? '-sanitized' : ''}-${paths.key}`;
}
