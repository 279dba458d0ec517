import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  root = mkdtempSync(join(tmpdir(), 'coco-mini-'));
  cpSync(fixture, root, { recursive: true });
});

const samples = (split: string, given: unknown = {}) =>
  collect(dataset.samples({ root, split, options: dataset.options.parse(given) }));
const captions = 'coco-mini/captions_train2017.json';

describe('coco-mini', () => {
  it('gives a sample for each caption, or for the first', async () => {
    expect((await samples('train')).map(({ id }) => id)).toEqual(
      ['100/0', '100/1', '101/0', '101/1'].map((id) => `coco-mini/${id}`),
    );
    expect(await samples('test', { captions: 'first', question: 'Describe the picture.' })).toEqual([
      {
        id: 'coco-mini/200/0',
        images: [{ path: join(root, 'coco-mini/val2017/000000000200.jpg') }],
        turns: [
          { role: 'user', text: '<image>\nDescribe the picture.' },
          { role: 'assistant', text: 'A green triangle in the middle.' },
        ],
      },
    ]);
    expect((await samples('test'))[1]!.turns.map(({ text }) => text)).toEqual([
      '<image>',
      'One triangle, painted green.',
    ]);
  });

  it('finds the upstream layout too', async () => {
    mkdirSync(join(root, 'coco-mini/annotations'));
    renameSync(join(root, captions), join(root, 'coco-mini/annotations/captions_train2017.json'));
    renameSync(join(root, 'coco-mini'), join(root, 'coco'));
    expect(await samples('train')).toHaveLength(4);
  });

  it('lists malformed rows and captions without a picture', async () => {
    const images = [{ id: 100, file_name: '000000000100.jpg' }];
    const write = (annotations: unknown) =>
      writeFileSync(join(root, captions), JSON.stringify({ images, annotations }));
    write([
      { id: 1, image_id: 100, caption: ' ' },
      { id: 2, caption: 'x' },
    ]);
    await expect(samples('train')).rejects.toThrow(
      /2 of 2 rows are malformed[\s\S]*annotations\[0\]\.caption[\s\S]*annotations\[1\]\.image_id/,
    );
    write([{ id: 1, image_id: 7, caption: 'x' }]);
    await expect(samples('train')).rejects.toThrow(/1 captions belong to no picture[\s\S]*caption 1 of picture 7/);
    writeFileSync(join(root, captions), '[]');
    await expect(samples('train')).rejects.toThrow('no COCO caption file');
  });

  it('says what is missing', async () => {
    rmSync(join(root, 'coco-mini/train2017/000000000101.jpg'));
    await expect(samples('train')).rejects.toThrow(/1 of 2 pictures are missing[\s\S]*cocodataset\.org/);
    rmSync(join(root, 'coco-mini/train2017'), { recursive: true });
    await expect(samples('train')).rejects.toThrow('dataset `coco-mini` are not there');
  });
});
