import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Paths of the addon's C++ files, relative to the package: what all ops share in `native/`, and each op's own in `src/<op>/native/`. */
export function nativeSources(): string[] {
  const ops = readdirSync(join(packageFolder, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const folders = ['native', ...ops.map(({ name }) => join('src', name, 'native'))];
  return folders.flatMap((folder) => filesIn(join(packageFolder, folder))).sort();
}

function filesIn(folder: string): string[] {
  try {
    return (readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => /\.(cc|h)$/.test(name))
      .map((name) => relative(packageFolder, join(folder, name)));
  } catch {
    return []; // an op without native code
  }
}

/** Tells one state of the sources from another. */
export function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const name of nativeSources()) hash.update(`${name}\0`).update(readFileSync(join(packageFolder, name)));
  return hash.digest('hex').slice(0, 12);
}
