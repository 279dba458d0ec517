import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File, writeFileAtomic } from '@moslora/checkpoint';
import { z } from 'zod';

const manifestName = 'manifest.json';
const manifestSchema = z.strictObject({
  sha256: z.record(z.string(), z.string()).describe('of every other file in the folder'),
  self: z.string().describe('SHA-256 of the JSON text of the above'),
});
type Manifest = z.infer<typeof manifestSchema>;

/** Writes manifest.json, with the hash of every file that is in the folder: the last thing to be written there. */
export function writeManifest(folder: string): void {
  const names = readdirSync(folder).filter((name) => name !== manifestName);
  const sha256 = Object.fromEntries(names.sort().map((name) => [name, sha256File(join(folder, name))]));
  writeFileAtomic(join(folder, manifestName), textOf({ sha256, self: hashOf(sha256) }));
}

/** What is wrong with the folder's files, the first of them named; undefined where every byte is as it was written. */
export function findDamage(folder: string): string | undefined {
  const path = join(folder, manifestName);
  if (!existsSync(path)) return `${manifestName} is missing`;
  const manifest = readManifest(path);
  if (!manifest) return `${manifestName} does not match its hash`;
  for (const [name, expected] of Object.entries(manifest.sha256)) {
    if (!existsSync(join(folder, name))) return `${name} is missing`;
    if (sha256File(join(folder, name)) !== expected) return `${name} does not match its hash`;
  }
  return undefined;
}

/** Undefined where the text is not, byte for byte, what {@link writeManifest} wrote. */
function readManifest(path: string): Manifest | undefined {
  const text = readFileSync(path, 'utf8');
  try {
    const manifest = manifestSchema.parse(JSON.parse(text));
    return manifest.self === hashOf(manifest.sha256) && text === textOf(manifest) ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function textOf({ sha256, self }: Manifest): string {
  return `${JSON.stringify({ sha256, self }, null, 2)}\n`;
}

function hashOf(sha256: Manifest['sha256']): string {
  return createHash('sha256').update(JSON.stringify(sha256)).digest('hex');
}
