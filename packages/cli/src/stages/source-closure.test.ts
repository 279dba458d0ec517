import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importedNames, sourceClosure, sourceHash } from './source-closure';

let root: string;
const files: Record<string, string> = {
  'packages/cli/src/stage.ts':
    "import type { T } from './types';\nimport { a } from './a';\nconst x = await import('@moslora/one');\n",
  'packages/cli/src/types.ts': 'export type T = 1;\n',
  'packages/cli/src/a.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n",
  'packages/one/src/index.ts': "export * from './deep';\nexport {\n  b,\n} from './b';\n",
  'packages/one/src/deep/index.ts': 'export const deep = 1;\n',
  'packages/one/src/b.ts': 'export const b = 1;\n',
  'packages/other/src/index.ts': 'export const other = 1;\n',
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'closure-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), text);
  }
});
afterEach(() => rmSync(root, { recursive: true }));

describe('sourceClosure', () => {
  const closure = (): string[] =>
    sourceClosure(root, [join(root, 'packages/cli/src/stage.ts')]).map((file) => relative(root, file));

  it('follows what would be loaded, and no types', () => {
    expect(closure()).toEqual([
      'packages/cli/src/a.ts',
      'packages/cli/src/stage.ts',
      'packages/one/src/b.ts',
      'packages/one/src/deep/index.ts',
      'packages/one/src/index.ts',
    ]);
  });

  it('changes its hash with a file inside, and not with one outside', () => {
    const hash = (): string => sourceHash(root, [join(root, 'packages/cli/src/stage.ts')]);
    const before = hash();
    writeFileSync(join(root, 'packages/other/src/index.ts'), 'export const other = 2;\n');
    expect(hash()).toBe(before);
    writeFileSync(join(root, 'packages/one/src/b.ts'), 'export const b = 2;\n');
    expect(hash()).not.toBe(before);
  });
});

describe('importedNames', () => {
  it('reads every form', () => {
    const source =
      "import a, { b } from 'one';\nimport 'two';\nexport * from 'three';\nexport {\n  c,\n} from 'four';\nawait import('five');\nimport type { T } from 'six';\nexport type { U } from 'seven';\n";
    expect(importedNames(source)).toEqual(['one', 'two', 'three', 'four', 'five']);
  });
});
