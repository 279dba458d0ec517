import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clipProcessor, type NamedPicture } from '@moslora/images';
import { startBackend, tf } from '@moslora/runtime';
import { parseTowerConfig, VisionTower, type FeatureChoice } from '@moslora/vision-encoder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { FeatureStore } from './feature-store';

const dir = mkdtempSync(join(tmpdir(), 'feature-store-'));
const pictures = [0, 1, 2].map((number) => ({
  image: { path: join(root, `datasets/easy-vqa/fixture/easy-vqa/train/images/${number}.png`) },
  sample: `s${number}`,
}));
const choice: FeatureChoice = { layer: -2, select: 'default', pool: 2 };
const path = join(dir, 'features.f32');
const processor = clipProcessor(16);
let tower: VisionTower;

beforeAll(async () => {
  await startBackend();
  const sizes = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 2, num_attention_heads: 2 };
  const config = parseTowerConfig({ model_type: 'clip_vision_model', ...sizes, image_size: 16, patch_size: 4 });
  tower = VisionTower.initialise(config, 1);
});
afterAll(() => {
  tower.dispose();
  rmSync(dir, { recursive: true });
});

describe('FeatureStore', () => {
  it('sees each picture once, pooled, and gives it back in any order', async () => {
    const [a, b, c] = pictures as [NamedPicture, NamedPicture, NamedPicture];
    const seen: number[] = [];
    const options = { tower, processor, choice, path, batchSize: 2, onProgress: (done: number) => seen.push(done) };
    const store = await FeatureStore.compute([a, b, a, c, b], options);
    expect(store.shape).toEqual([4, 8]);
    expect([store.pictures, seen]).toEqual([3, [2, 3]]);
    const [one, two] = [store.read([c, a]), store.read([a, b, c])];
    expect(two.shape).toEqual([3, 4, 8]);
    const row = (rows: tf.Tensor3D, index: number): number[] => [
      ...tf.slice(rows, [index, 0, 0], [1, 4, 8]).dataSync(),
    ];
    expect([row(one, 0), row(one, 1)]).toEqual([row(two, 2), row(two, 0)]);
    expect(row(two, 0)).not.toEqual(row(two, 1));
    store.close();
  });

  it('is blank for a control: zeros of the same shape, no picture read', () => {
    const store = FeatureStore.blank(tower, choice);
    const features = store.read([{ image: { path: join(dir, 'nowhere.png') } }, pictures[0]!]);
    expect(features.shape).toEqual([2, 4, 8]);
    expect(tf.max(tf.abs(features)).dataSync()[0]).toBe(0);
    store.close();
  });

  it('lists every picture that cannot be read', async () => {
    const broken = join(dir, 'broken.png');
    writeFileSync(broken, 'no picture');
    const all = [...pictures, { image: { path: broken }, sample: 'b1' }, { image: { path: join(dir, 'missing.png') } }];
    const problem = await FeatureStore.compute(all, { tower, processor, choice, path }).catch(
      (error: unknown) => error,
    );
    expect(String(problem)).toMatch(/missing[^]*missing\.png/);
    expect(String(problem)).toMatch(/cannot be decoded[^]*broken\.png, sample b1/);
  });

  it('says which pooling fits when the asked one does not', async () => {
    const asked = { tower, processor, choice: { ...choice, pool: 3 }, path };
    await expect(FeatureStore.compute(pictures, asked)).rejects.toThrow(/got {6}3, for 4 x 4[^]*one of 1, 2, 4/);
  });
});
