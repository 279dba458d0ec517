import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CachedRepo } from './cached-repo';
import { hubSettings, type HubSettings } from './hub-settings';

/**
 * The folder of a model in Hugging Face's cache, as its branch `main` was when it was last asked for, or any one revision where nothing
 * says that; undefined where the cache holds none. The hub is not asked.
 * @param name `owner/name`
 */
export function cachedFolder(name: string, { cacheDir }: HubSettings = hubSettings()): string | undefined {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name)) return undefined;
  const cached = new CachedRepo(cacheDir, name);
  const main = cached.commitOf('main');
  if (main !== undefined && cached.hasSnapshot(main)) return cached.snapshot(main);
  const snapshots = join(cached.folder, 'snapshots');
  const [any] = existsSync(snapshots) ? readdirSync(snapshots) : [];
  return any === undefined ? undefined : join(snapshots, any);
}
