import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLayout, verifyModelFolder } from '@moslora/model-llava';
import { startBackend } from '@moslora/runtime';
import { describeShared, sharedFolder } from '@moslora/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { relaid } from './cases';

const into = mkdtempSync(join(tmpdir(), 'other-layouts-'));

describeShared('a golden LLaVA in the layouts it is not published in', () => {
  beforeAll(() => startBackend());
  afterAll(() => rmSync(into, { recursive: true }));
  const golden = join(sharedFolder(), 'golden/tiny-llava-llama');
  const cases = existsSync(golden) ? relaid(golden, into) : [];

  it('are those of other prefixes, of its authors, and xtuner', () => {
    const names = cases.map(({ folder }) => openLayout(folder).name);
    expect(names).toEqual(['huggingface', 'huggingface', 'original', 'xtuner']);
  });

  it.each(cases.map(({ layout, ...rest }) => [layout, rest] as const))('agrees: %s', async (_, { folder, options }) => {
    const imageTokenId = options && Number(options[options.indexOf('--image-token') + 1]);
    const { agrees, checks } = await verifyModelFolder(folder, { imageTokenId });
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks).toHaveLength(5);
    expect(agrees).toBe(true);
  });
});
