import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ImageRef } from '@moslora/specs';

/** Where pictures that stand inside other files are kept: `$XDG_CACHE_HOME/moslora/pictures`, else `~/.cache/moslora/pictures`. */
export function pictureStore(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'moslora', 'pictures');
}

/**
 * Puts a picture's bytes into a file named by their hash, so that a picture that occurs again takes no more room, and memory holds none.
 * Files appear whole or not at all; all of them may be removed at any time between runs.
 */
export function storePicture(bytes: Uint8Array, folder = pictureStore()): ImageRef {
  const hash = createHash('sha256').update(bytes).digest('hex');
  const place = join(folder, hash.slice(0, 2));
  const path = join(place, hash);
  if (existsSync(path)) return { path };
  mkdirSync(place, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, bytes);
  renameSync(draft, path);
  return { path };
}
