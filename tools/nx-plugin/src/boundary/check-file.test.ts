import { describe, expect, it } from 'vitest';
import { checkFile, type Member } from './check-file';

const member = (name: string, layer: string, ...dependencies: string[]): Member => ({
  name: `@moslora/${name}`,
  layer,
  dependencies: dependencies.map((d) => `@moslora/${d}`),
});
const all = [
  member('specs', 'spec'),
  member('runtime', 'base', 'specs'),
  member('nn', 'math', 'runtime', 'specs'),
  member('evaluation', 'eval', 'specs'),
  member('dataset-a', 'dataset', 'specs'),
  member('testing', 'testing'),
];
const members = new Map(all.map((one) => [one.name, one]));
const check = (owner: string, source: string, file = 'src/a.ts'): string[] =>
  checkFile(file, source, members.get(`@moslora/${owner}`)!, members).map(
    ({ place, problem }) => `${place} ${problem}`,
  );

describe('checkFile', () => {
  it('lets a package import the layers below', () => {
    expect(
      check(
        'nn',
        "import { tf } from '@moslora/runtime';\nimport type { Problem } from '@moslora/specs';\nimport { a } from './a';\n",
      ),
    ).toEqual([]);
  });

  it('names an import of a layer above, with its line', () => {
    expect(check('runtime', "import { a } from './a';\nimport {\n  b,\n} from '@moslora/nn';\n")).toEqual([
      'src/a.ts:4 @moslora/runtime (layer base) imports @moslora/nn (layer math)',
    ]);
    expect(check('dataset-a', "const x = await import('@moslora/runtime');")).toHaveLength(1);
  });

  it('keeps tensors out of scoring', () => {
    expect(check('evaluation', "import { tf } from '@moslora/runtime';")).toEqual([
      'src/a.ts:1 @moslora/evaluation (layer eval) imports @moslora/runtime (layer base)',
    ]);
  });

  it('keeps tfjs inside runtime', () => {
    expect(check('nn', "import * as tf from '@tensorflow/tfjs-core';")[0]).toContain('imported outside runtime');
    expect(check('runtime', "import * as tf from '@tensorflow/tfjs-core';")).toEqual([]);
  });

  it('lets a part be imported that its package exports by name', () => {
    const paged = new Map(members).set('@moslora/page', { ...member('page', 'base'), parts: ['.', './client'] });
    const owner = member('nn', 'math', 'page');
    const problems = (source: string): number => checkFile('src/a.ts', source, owner, paged).length;
    expect(problems("import { element } from '@moslora/page/client';")).toBe(0);
    expect(problems("import { element } from '@moslora/page/src/client';")).toBe(1);
  });

  it('refuses to reach into a package, and packages that are not there', () => {
    expect(check('nn', "export * from '@moslora/runtime/src/rng';")[0]).toContain('reaches into @moslora/runtime');
    expect(check('nn', "import { a } from '@moslora/nothing';")[0]).toContain('not a package of this workspace');
  });

  it('wants every imported package among the dependencies', () => {
    const lonely = member('lonely', 'math');
    expect(checkFile('src/a.ts', "import { tf } from '@moslora/runtime';", lonely, members)).toEqual([
      { place: 'src/a.ts:1', problem: '@moslora/runtime is not among the dependencies of @moslora/lonely' },
    ]);
  });

  it('lets tests use the testing layer', () => {
    expect(check('nn', "import { sharedPath } from '@moslora/testing';", 'src/a.test.ts')).toEqual([]);
    expect(check('nn', "import { sharedPath } from '@moslora/testing';")).toHaveLength(1);
  });
});
