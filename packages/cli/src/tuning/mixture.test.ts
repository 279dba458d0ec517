import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatDataset } from '@moslora/data-formats';
import type { ImageRef, Sample, StageConfigOf } from '@moslora/specs';
import { Rng } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareOf, withoutHeldOut } from './choose-samples';
import { trainingParts, validationSamples } from './mixture';

const folder = mkdtempSync(join(tmpdir(), 'mixture-'));
const path = join(folder, 'x.jsonl');
const turns = (question: string, answer: string) => [
  { from: 'human', value: question },
  { from: 'gpt', value: answer },
];
/** 40 samples of 20 pictures, two on each, and 10 of text alone. */
const rows = [
  ...Array.from({ length: 40 }, (_, i) => ({
    id: `p${i}`,
    image: `${i % 20}.png`,
    conversations: turns('<image> what?', `picture ${i}`),
  })),
  ...Array.from({ length: 10 }, (_, i) => ({ id: `t${i}`, conversations: turns('hm?', `text ${i}`) })),
];

beforeAll(() => writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n')));
afterAll(() => rmSync(folder, { recursive: true }));

interface Asked {
  held?: number;
  holdOut?: boolean;
  fraction?: number;
  seed?: number;
  parts?: number;
}

/** Ids of what is trained on, part by part, and of what is held out: the first `held` rows. */
async function split({ held = 0, holdOut = true, fraction, seed = 1, parts = 1 }: Asked) {
  const part = { format: 'llava', path, options: {}, weight: 1, fraction };
  const config = {
    policy: 'fail',
    data: Array.from({ length: parts }, () => part),
    train: { seed },
    ...(held > 0 && { validation: { holdOut, data: [{ format: 'llava', path, options: {}, limit: held }] } }),
  };
  const context = {
    config: config as unknown as StageConfigOf<'align'>,
    data: () => Promise.resolve({ dataset: formatDataset('llava'), source: { root: path, split: 'x', options: {} } }),
    where: (...keys: (string | number)[]) => keys.join('.'),
  };
  const ids = (samples: readonly Sample[]) => samples.map(({ id }) => id);
  const [trained, validated] = [await trainingParts(context), await validationSamples(context)];
  return {
    trained: trained.parts.map(({ samples }) => ids(samples)),
    held: validated.parts.flatMap(({ samples }) => ids(samples)),
  };
}

describe('held-out data', () => {
  it('is left out of training with every sample on its pictures, and nothing else is', async () => {
    const { trained, held } = await split({ held: 6 });
    expect(held).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5']);
    const shown = (id: string): number => Number(id.slice(1)) % 20;
    const expected = rows.map(({ id }) => id).filter((id) => id.startsWith('t') || shown(id) > 5);
    expect(trained).toEqual([expected]);
    expect(expected).toHaveLength(40 - 12 + 10);
  });

  it('is left out where it is text alone, too, and known by its text', async () => {
    const { trained, held } = await split({ held: 43 });
    expect(held).toHaveLength(43);
    expect(trained).toEqual([['t3', 't4', 't5', 't6', 't7', 't8', 't9']]);
    const all = await split({ held: 43, holdOut: false });
    expect(all.trained[0]).toHaveLength(50);
  });

  it('is said to leave nothing over where it does', async () => {
    await expect(split({ held: 50 })).rejects.toThrow(
      /Nothing of this data is left to train on[^]*where {4}data\.0\n {2}got {6}50 samples/,
    );
  });

  it('tells pictures by their bytes, their file, and their place in one', () => {
    const sample = (id: string, image: ImageRef): Sample => ({ id, images: [image], turns: [] });
    const bytes = (value: number): ImageRef => ({ bytes: Uint8Array.of(value) });
    const slice = (start: number): ImageRef => ({ path: 'a.tar', slice: { start, length: 512 } });
    const all = [sample('a', bytes(1)), sample('b', bytes(2)), sample('c', slice(0)), sample('d', slice(1024))];
    const held = [sample('x', bytes(1)), sample('y', slice(1024))];
    expect(withoutHeldOut(all, held).map(({ id }) => id)).toEqual(['b', 'c']);
  });
});

describe('a fraction of the data', () => {
  it.each([
    [0.1, 5],
    [0.3, 15],
    [0.5, 25],
    [1, 50],
    [0.001, 1],
  ])('of %s is %s of 50, in their order, the same for the same seed', async (fraction, count) => {
    const { trained } = await split({ fraction });
    expect(trained[0]).toHaveLength(count);
    expect(new Set(trained[0]).size).toBe(count);
    const order = rows.map(({ id }) => id);
    expect(trained[0]).toEqual(order.filter((id) => trained[0]!.includes(id)));
    expect((await split({ fraction })).trained).toEqual(trained);
  });

  it('is another one for another seed, and for another part', async () => {
    const { trained } = await split({ fraction: 0.5, parts: 2 });
    expect(trained[0]).not.toEqual(trained[1]);
    expect((await split({ fraction: 0.5, parts: 2, seed: 2 })).trained[0]).not.toEqual(trained[0]);
  });

  it('is taken of what is left when held-out data are gone: no sample is in both', async () => {
    const { trained, held } = await split({ held: 8, fraction: 0.5 });
    expect(trained[0]).toHaveLength((40 - 16 + 10) / 2);
    const shown = new Set(held.map((id) => Number(id.slice(1)) % 20));
    const pictured = trained[0]!.filter((id) => id.startsWith('p'));
    expect(pictured.length).toBeGreaterThan(0);
    expect(pictured.filter((id) => shown.has(Number(id.slice(1)) % 20))).toEqual([]);
  });

  it('takes smaller shares out of larger ones, as the samples study wants', () => {
    const samples = rows.map(({ id }): Sample => ({ id, images: [], turns: [] }));
    const share = (fraction: number) => new Set(shareOf(samples, fraction, new Rng(3, 'fraction', 0)));
    const [small, large] = [share(0.1), share(0.5)];
    expect([...small].filter((sample) => !large.has(sample))).toEqual([]);
  });
});
