import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clipProcessor, type NamedPicture } from '@moslora/images';
import { startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { parseTowerConfig, VisionTower, type FeatureChoice } from '@moslora/vision-encoder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { FeatureStore } from './feature-store';
import { LiveFeatures } from './live-features';

const dir = mkdtempSync(join(tmpdir(), 'live-features-'));
const processor = clipProcessor(16);
const choice: FeatureChoice = { layer: [-2, -1], select: 'full', pool: 2 };
const pictures: NamedPicture[] = [0, 1, 2].map((number) => ({
  image: { path: join(root, `datasets/easy-vqa/fixture/easy-vqa/train/images/${number}.png`) },
  sample: `s${number}`,
}));
const newTower = (): VisionTower => {
  const sizes = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 2, num_attention_heads: 2 };
  const config = parseTowerConfig({ model_type: 'clip_vision_model', ...sizes, image_size: 16, patch_size: 4 });
  return VisionTower.initialise(config, 1);
};

describe('LiveFeatures', () => {
  beforeAll(() => startBackend());
  afterAll(() => rmSync(dir, { recursive: true }));

  it('gives what was kept on disk otherwise, whether it was told of the pictures or not', async () => {
    const tower = newTower();
    const store = await FeatureStore.compute(pictures, { tower, processor, choice, path: join(dir, 'f32') });
    const live = new LiveFeatures(tower, processor, choice);
    expect(live.shape).toEqual(store.shape);
    live.expect(pictures);
    for (const asked of [[pictures[0]!, pictures[1]!], [pictures[2]!], [pictures[1]!, pictures[0]!]]) {
      const [ours, theirs] = [await live.read(asked), store.read(asked)];
      expect(ours.shape).toEqual([asked.length, 5, 16]);
      expect(maxAbsDiff(ours.dataSync(), theirs.dataSync())).toBeLessThan(1e-5);
      tf.dispose([ours, theirs]);
    }
    const { pictureWaitSeconds, longestPictureWaitSeconds } = live.waits();
    expect(pictureWaitSeconds).toBeGreaterThan(0);
    expect(longestPictureWaitSeconds).toBeLessThanOrEqual(pictureWaitSeconds);
    await live.close();
    store.close();
  });

  it('fails in the step that needs a broken picture, naming its sample', async () => {
    const broken = { image: { path: join(dir, 'broken.png') }, sample: 's9' };
    writeFileSync(broken.image.path, 'no picture');
    const live = new LiveFeatures(newTower(), processor, choice);
    live.expect([pictures[0]!, broken, pictures[1]!]);
    tf.dispose(await live.read([pictures[0]!]));
    await expect(live.read([broken])).rejects.toThrow(/cannot be decoded[^]*broken\.png, sample s9/);
    tf.dispose(await live.read([pictures[1]!]));
    await live.close();
  });
});
