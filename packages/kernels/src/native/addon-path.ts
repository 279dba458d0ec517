import { dirname, join } from 'node:path';
import type { NativePaths } from '@moslora/runtime';
import type { AddonBuild } from './addon-target';
import { sourcesHash } from './sources';

/** Where the addon of these sources and this library lies, beside the library's folder in the user's cache. */
export function addonPath(paths: NativePaths, build: AddonBuild): string {
  const folder = `kernels-${sourcesHash(build.target)}-${addonKey(paths, build)}`;
  return join(dirname(paths.root), folder, 'kernels.node');
}

/** What tells one addon of the same sources from another. */
export function addonKey(paths: NativePaths, { target, sanitized }: AddonBuild): string {
  return `${target}${sanitized ? '-sanitized' : ''}-${paths.key}`;
}
