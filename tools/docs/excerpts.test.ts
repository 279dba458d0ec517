import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));

interface Excerpt {
  page: string;
  file: string;
  code: string;
}

/** The fenced blocks of a page whose first line names a file. */
function excerpts(page: string): Excerpt[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/^```ts (\S+)\n([\s\S]*?)^```$/gm)].map(([, file, code]) => ({
    page,
    file: file!,
    code: code!,
  }));
}

const all = docs.flatMap(excerpts);

it('there are excerpts of code in the documentation', () => expect(all.length).toBeGreaterThan(5));

it.each(all)('$page shows $file as it is', ({ file, code }) => {
  expect(readFileSync(join(root, file), 'utf8')).toContain(code);
});
