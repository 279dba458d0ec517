import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const announced = new Set<string>();

/** The folder of golden files and data: MOSLORA_SHARED, else `shared` beside the repository. */
export function sharedFolder(): string {
  return process.env['MOSLORA_SHARED'] ?? join(repository, '..', 'shared');
}

/** A file or folder among the shared ones; undefined, with the reason printed once, when it is not there. */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(sharedFolder(), ...parts);
  if (existsSync(path)) return path;
  announce(`skipped: ${join(...parts)} is not in the shared folder (set MOSLORA_SHARED to where the golden files are)`);
  return undefined;
}

/** A `describe` that runs only where the shared folder is; elsewhere it is skipped and says so. */
export function describeShared(name: string, fn: () => void): void {
  const there = existsSync(sharedFolder());
  if (!there) announce(`skipped: "${name}" needs the shared golden files (set MOSLORA_SHARED to where they are)`);
  describe.skipIf(!there)(name, fn);
}

function announce(reason: string): void {
  if (announced.has(reason)) return;
  announced.add(reason);
  process.stderr.write(`${reason}\n`);
}
