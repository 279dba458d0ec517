import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { readJson } from '../read-json';
import { indexFile } from '../shards';
import type { CachedRepo } from './cached-repo';
import type { DownloadedRepo } from './download-repo';

/**
 * What the cache holds of a revision, without asking the hub. @throws UserError when it holds nothing, or lacks shards that the index
 * names or contents that a link stands for
 */
export function cachedSnapshot(cached: CachedRepo, repo: string, revision: string, why: string): DownloadedRepo {
  const commit = cached.commitOf(revision);
  const folder = commit === undefined ? undefined : cached.snapshot(commit);
  if (commit === undefined || folder === undefined || !existsSync(folder)) {
    return fail({
      what: `The model is not in the cache, and ${why}`,
      where: `${cached.folder}, revision ${revision}`,
      got: existsSync(cached.folder) ? `snapshots ${list(join(cached.folder, 'snapshots'))}` : 'no such folder',
      fix:
        'download it where there is a network and copy that folder here; or place config.json, the tokenizer files and ' +
        '*.safetensors in any folder, and name that folder wherever a model is asked for',
    });
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (path) => !lstatSync(join(folder, path)).isDirectory(),
  );
  const missing = [...files.filter((path) => !existsSync(join(folder, path))), ...missingShards(folder)];
  if (missing.length > 0) {
    fail({
      what: `The model in the cache is not whole, and ${why}`,
      where: folder,
      got: `${missing.length} files are missing: ${missing.slice(0, 8).join(', ')}`,
      fix: 'run the command again with a network: it gets what is missing',
    });
  }
  const bytes = files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  return { repo, revision, commit, folder, files: files.length, bytes, fetched: 0 };
}

function missingShards(folder: string): string[] {
  const index = join(folder, indexFile);
  if (!existsSync(index)) return [];
  const { weight_map: map } = readJson(index, z.object({ weight_map: z.record(z.string(), z.string()) }));
  return [...new Set(Object.values(map))].filter((shard) => !existsSync(join(folder, shard)));
}

function list(folder: string): string {
  return (existsSync(folder) ? readdirSync(folder) : []).join(', ') || 'none';
}
