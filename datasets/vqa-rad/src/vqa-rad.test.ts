import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import dataset from './index';

const fixture = fileURLToPath(new URL('../fixture', import.meta.url));
const file = 'vqa-rad/VQA_RAD Dataset Public.json';
let root: string;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vqa-rad-'));
  cpSync(fixture, root, { recursive: true });
});

const context = (split: string, given: unknown = {}) => ({ root, split, options: dataset.options.parse(given) });
const samples = (split: string, given?: unknown) => collect(dataset.samples(context(split, given)));
const questions = (split: string, given?: unknown) => collect(dataset.questions!(context(split, given)));

describe('vqa-rad', () => {
  it('gives question and answer as text, numbers too', async () => {
    const all = await samples('train', { testFraction: 0, instruction: 'Be brief.' });
    expect(all).toHaveLength(12);
    expect(all[0]).toEqual({
      id: 'vqa-rad/0',
      images: [{ path: join(root, 'vqa-rad/images/drawing0.jpg') }],
      turns: [
        { role: 'user', text: '<image>\nIs the drawing dark?\nBe brief.' },
        { role: 'assistant', text: 'No' },
      ],
    });
    expect(all[1]!.turns[1]!.text).toBe('1');
    expect(await samples('train', { testFraction: 0, answers: 'closed' })).toHaveLength(6);
  });

  it('splits by picture: no picture on both sides, nothing lost', async () => {
    let mixed = 0;
    for (const seed of [0, 1, 2, 3]) {
      const [train, test] = await Promise.all(
        ['train', 'test'].map((split) => questions(split, { seed, testFraction: 0.5 })),
      );
      expect(train!.length + test!.length).toBe(12);
      const pictures = new Set(train!.map(({ image }) => JSON.stringify(image)));
      expect(test!.filter(({ image }) => pictures.has(JSON.stringify(image)))).toEqual([]);
      if (train!.length > 0 && test!.length > 0) mixed += 1;
    }
    expect(mixed).toBeGreaterThan(0);
  });

  it('lists malformed rows', async () => {
    const good = { qid: 1, image_name: 'drawing0.jpg', question: 'a?', answer: 'b', answer_type: 'OPEN' };
    writeFileSync(
      join(root, file),
      JSON.stringify([good, { ...good, answer: null }, { ...good, answer_type: 'HALF' }]),
    );
    await expect(samples('train')).rejects.toThrow(
      /2 of 3 rows are malformed[\s\S]*\[1\]\.answer[\s\S]*\[2\]\.answer_type[\s\S]*OPEN, CLOSED/,
    );
    writeFileSync(join(root, file), '{"rows": []}');
    await expect(samples('train')).rejects.toThrow('holds no list of rows');
    writeFileSync(join(root, file), '[{');
    await expect(samples('train')).rejects.toThrow('not valid JSON');
  });

  it('says what to get', async () => {
    root = join(root, 'elsewhere');
    await expect(samples('train')).rejects.toThrow(/dataset `vqa-rad` are not there[\s\S]*osf\.io\/89kps/);
  });
});
