import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativePaths } from '@moslora/runtime';
import { addonKey } from './addon-path';
import { lastUse } from './addon-manifest';
import type { AddonBuild } from './addon-target';

const DAY = 24 * 3600_000;
const unusedFor = 30 * DAY;
const abandonedFor = DAY;

/**
 * Removes addons of other sources for the same library and target that nobody has loaded for 30 days, and what builds left that were
 * ended a day ago or more. Clones of the project share the folder and may stand at other states of the sources.
 */
export function removeOldAddons(paths: NativePaths, build: AddonBuild, current: string, now = Date.now()): string[] {
  const cache = dirname(paths.root);
  const key = addonKey(paths, build);
  const removed = readdirSync(cache).filter((name) => {
    const match = /^kernels-[0-9a-f]{12}-(.+?)(\.staging-\w+)?$/.exec(name);
    if (match?.[1] !== key || join(cache, name) === dirname(current)) return false;
    const folder = join(cache, name);
    if (match[2] !== undefined) return now - statSync(folder).mtimeMs > abandonedFor;
    const used = lastUse(folder) ?? statSync(folder).mtime;
    return now - used.getTime() > unusedFor;
  });
  for (const name of removed) rmSync(join(cache, name), { recursive: true, force: true });
  return removed;
}
