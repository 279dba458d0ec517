import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const importPattern =
  /(?:^|[\s;])(?:import|export)\s(?!type\b)[^'"`;]*?from\s*['"]([^'"]+)['"]|(?:^|[\s;])import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Names that a TypeScript text imports at run time: static, re-exported, and dynamic where the name is written out. */
export function importedNames(source: string): string[] {
  return [...source.matchAll(importPattern)].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

/** All of the project's own source files that `entries` import, directly or through others, themselves included. */
export function sourceClosure(root: string, entries: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const name of importedNames(readFileSync(file, 'utf8'))) {
      const target = ownFile(root, file, name);
      if (target !== undefined) waiting.push(target);
    }
  }
  return [...found].sort();
}

/** Hash over the sources that `entries` lead to: equal hashes mean that the same code would run. */
export function sourceHash(root: string, entries: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of sourceClosure(root, entries))
    hash.update(`${relative(root, file)}\0${readFileSync(file, 'utf8')}\0`);
  return hash.digest('hex');
}

/** Entry file of one of the project's packages, or of a part of it; datasets lie in datasets/, all others in packages/. */
export function packageEntry(root: string, name: string): string {
  const [bare = '', ...part] = name.replace(/^@moslora\//, '').split('/');
  const folder = bare.startsWith('dataset-') ? join('datasets', bare.slice('dataset-'.length)) : join('packages', bare);
  return join(root, folder, 'src', ...part, 'index.ts');
}

function ownFile(root: string, from: string, name: string): string | undefined {
  if (name.startsWith('@moslora/')) return present(packageEntry(root, name));
  if (!name.startsWith('.')) return undefined;
  const base = join(dirname(from), name);
  return present(`${base}.ts`) ?? present(join(base, 'index.ts'));
}

function present(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}
