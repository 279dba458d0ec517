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
  root = mkdtempSync(join(tmpdir(), 'llava-pretrain-'));
  cpSync(fixture, root, { recursive: true });
});

const samples = (split: string, given: unknown = {}) =>
  collect(dataset.samples({ root, split, options: dataset.options.parse(given) }));
const write = (value: unknown) => writeFileSync(join(root, 'llava-pretrain/captions.json'), JSON.stringify(value));

describe('llava-pretrain', () => {
  it('gives the picture and its caption', async () => {
    const all = await samples('train', { testFraction: 0 });
    expect(all[0]).toEqual({
      id: 'llava-pretrain/000000001',
      images: [{ path: join(root, 'llava-pretrain/images/00000/000000001.jpg') }],
      turns: [
        { role: 'user', text: '<image>' },
        { role: 'assistant', text: 'a red circle on a pale ground' },
      ],
    });
    expect(all.map(({ id }) => id)).toEqual(['000000001', '2', 'text-3'].map((id) => `llava-pretrain/${id}`));
  });

  it('keeps prompts on demand, with the marker first', async () => {
    const all = await samples('train', { testFraction: 0, prompts: true });
    expect(all[1]!.turns).toEqual([
      { role: 'user', text: '<image>\nGive a short caption.' },
      { role: 'assistant', text: 'a brown triangle, pointing up' },
    ]);
  });

  it('takes rows without a picture, and drops answers before the first question', async () => {
    const { images, turns } = (await samples('train', { testFraction: 0 }))[2]!;
    expect(images).toEqual([]);
    expect(turns.map(({ role, text }) => `${role}: ${text}`)).toEqual(['user: Name a colour.', 'assistant: teal']);
  });

  it('splits by seed without overlap', async () => {
    for (const seed of [0, 1, 2]) {
      const ids = [
        ...(await samples('train', { seed, testFraction: 0.5 })),
        ...(await samples('test', { seed, testFraction: 0.5 })),
      ];
      expect(ids.map(({ id }) => id).sort()).toHaveLength(3);
      expect(new Set(ids.map(({ id }) => id)).size).toBe(3);
    }
  });

  it('lists malformed rows with what is wrong', async () => {
    const turns = [
      { from: 'human', value: 'hi' },
      { from: 'gpt', value: 'ho' },
    ];
    write([
      { id: 'a', image: 'a.jpg', conversations: turns },
      { id: 'b', conversations: [{ from: 'user', value: 'hi' }] },
      { id: 'c', conversations: turns.slice(0, 1) },
      { id: 'd', conversations: turns },
    ]);
    const rows =
      /3 of 4 rows are malformed[\s\S]*0 <image> markers for 1 pictures[\s\S]*\[0\][\s\S]*\[1\]\.conversations\[0\]\.from[\s\S]*no answer by gpt[\s\S]*\[2\]/;
    await expect(samples('train')).rejects.toThrow(rows);
  });

  it('says what is missing', async () => {
    rmSync(join(root, 'llava-pretrain/images/00000/000000002.jpg'));
    await expect(samples('train')).rejects.toThrow(
      /1 of 2 pictures are missing[\s\S]*000000002\.jpg[\s\S]*liuhaotian\/LLaVA-Pretrain/,
    );
    writeFileSync(join(root, 'llava-pretrain/more.json'), '[]');
    await expect(samples('train')).rejects.toThrow(
      /not clear which file holds the captions[\s\S]*captions\.json, more\.json/,
    );
    rmSync(join(root, 'llava-pretrain'), { recursive: true });
    await expect(samples('train')).rejects.toThrow(
      /dataset `llava-pretrain` are not there[\s\S]*blip_laion_cc_sbu_558k\.json/,
    );
  });
});
