import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatBytes } from './format-bytes';
import { pathsIn, type NativePaths } from './native-paths';

/**
 * Makes `paths.root` out of a temporary sibling that `fill` fills completely, in one rename: whoever looks sees nothing
 * or all of it. Leftovers of runs that were ended are removed first (the caller holds the lock). Throws when the disk has
 * less than `needed` bytes free.
 */
export async function fillFolder(
  paths: NativePaths,
  needed: number,
  fill: (staging: NativePaths) => Promise<void>,
): Promise<void> {
  const cache = dirname(paths.root);
  mkdirSync(cache, { recursive: true });
  const leftovers = readdirSync(cache).filter((name) => name.startsWith(`${paths.key}.staging-`));
  for (const name of leftovers) rmSync(join(cache, name), { recursive: true, force: true });
  const { bavail, bsize } = statfsSync(cache);
  if (bavail * bsize < needed) {
    throw new Error(`${cache} has ${formatBytes(bavail * bsize)} free, ${formatBytes(needed)} are needed`);
  }
  const staging = mkdtempSync(join(cache, `${paths.key}.staging-`));
  try {
    await fill(pathsIn(staging, paths.flavour, paths.key));
    if (existsSync(paths.root)) renameSync(paths.root, `${staging}.old`);
    renameSync(staging, paths.root);
  } finally {
    rmSync(staging, { recursive: true, force: true });
    rmSync(`${staging}.old`, { recursive: true, force: true });
  }
}
