import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import dataset from './index';

const fixture = fileURLToPath(new URL('../fixture', import.meta.url));
let root: string;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'easy-vqa-'));
  cpSync(fixture, root, { recursive: true });
});

const context = (split: string, given: unknown = {}) => ({ root, split, options: dataset.options.parse(given) });
const samples = (split: string, given?: unknown) => collect(dataset.samples(context(split, given)));
const questions = (split: string, given?: unknown) => collect(dataset.questions!(context(split, given)));

describe('easy-vqa', () => {
  it('gives one question a sample, the picture first', async () => {
    const all = await samples('test', { instruction: 'One word.' });
    expect(all).toHaveLength(3);
    expect(all[1]).toEqual({
      id: 'easy-vqa/test/1',
      images: [{ path: join(root, 'easy-vqa/test/images/0.png') }],
      turns: [
        { role: 'user', text: '<image>\nwhat color is the shape?\nOne word.' },
        { role: 'assistant', text: 'green' },
      ],
    });
  });

  it('puts several questions on one picture into one conversation, and loses none', async () => {
    const all = await samples('train', { turnsPerSample: 2, heldOutFraction: 0 });
    expect(all.map(({ turns }) => turns.length / 2)).toEqual([2, 1, 2, 1, 2, 1]);
    for (const { turns } of all) expect(turns.map(({ text }) => text.includes('<image>')).indexOf(true, 1)).toBe(-1);
  });

  it('asks the same text as it trains, with the published answer', async () => {
    const [asked, trained] = [await questions('test'), await samples('test')];
    expect(asked.map(({ question }) => `<image>\n${question}`)).toEqual(trained.map(({ turns }) => turns[0]!.text));
    expect(asked.map(({ answers }) => answers)).toEqual([['circle'], ['green'], ['yes']]);
  });

  it('holds pictures out of training, by seed', async () => {
    const pictures = async (split: string, seed: number) =>
      new Set((await questions(split, { seed, heldOutFraction: 0.5 })).map(({ image }) => JSON.stringify(image)));
    const seeds = [0, 1, 2, 3, 4, 5];
    const heldOut = await Promise.all(seeds.map((seed) => pictures('heldOut', seed)));
    for (const seed of seeds) {
      const trained = await pictures('train', seed);
      expect(trained.size + heldOut[seed]!.size).toBe(3);
      expect([...trained].filter((picture) => heldOut[seed]!.has(picture))).toEqual([]);
    }
    expect(new Set(heldOut.map((set) => [...set].join())).size).toBeGreaterThan(1);
  });

  it('says what to get when the folder is missing', async () => {
    root = join(root, 'elsewhere');
    await expect(samples('train')).rejects.toThrow(
      /dataset `easy-vqa` are not there[\s\S]*no such folder[\s\S]*vzhou842\/easy-VQA/,
    );
  });

  it('lists malformed rows and missing pictures', async () => {
    writeFileSync(
      join(root, 'easy-vqa/test/questions.json'),
      '[["a?", "b", 0], ["a?", 3, 0], ["a?", "b", "0"], ["", "b", 0]]',
    );
    const rows = /3 of 4 rows are malformed[\s\S]*questions\.json, \[1\]\[1\][\s\S]*\[2\]\[2\][\s\S]*\[3\]\[0\]/;
    await expect(samples('test')).rejects.toThrow(rows);
    rmSync(join(root, 'easy-vqa/train/images/1.png'));
    await expect(samples('train')).rejects.toThrow(/1 of 3 pictures are missing[\s\S]*images\/1\.png/);
    await expect(samples('tset')).rejects.toThrow(
      /no split `tset`[\s\S]*train, heldOut, test[\s\S]*did you mean test\?/,
    );
  });
});
