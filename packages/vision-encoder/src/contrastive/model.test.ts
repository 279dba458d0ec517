import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeightFolder } from '@moslora/checkpoint';
import { clipProcessor } from '@moslora/images';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTowerFolder } from '../load-tower-folder';
import { saveTower } from '../save-tower';
import { contrastiveConfigSchema } from './config';
import { ContrastiveModel, type ContrastiveBatch, type RegionBatch } from './model';

const config = contrastiveConfigSchema.parse({
  imageSize: 16,
  patchSize: 8,
  hiddenSize: 16,
  layers: 2,
  heads: 2,
  intermediateSize: 32,
  projectionSize: 8,
  text: { vocabSize: 20, maxLength: 6, hiddenSize: 16, layers: 1, heads: 2 },
});

function pairs(count: number, seed: number): ContrastiveBatch {
  const rng = new Rng(seed, 'pairs');
  const pixels = tf.tensor4d(rng.normalArray(count * 3 * 16 * 16), [count, 3, 16, 16]);
  const textIds = tf.tensor2d(
    Int32Array.from({ length: count * 6 }, () => rng.int(20)),
    [count, 6],
    'int32',
  );
  return { pixels, textIds, lengths: Array.from({ length: count }, (_, i) => 3 + (i % 4)) };
}

describe('ContrastiveModel', () => {
  let model: ContrastiveModel;
  beforeAll(async () => {
    await startBackend();
    model = new ContrastiveModel(config, 7);
  });
  afterAll(() => model.dispose());

  it('starts with a loss near ln B a pair, and every parameter gets a gradient', () => {
    const batch = pairs(4, 1);
    const variables = model.parameters().map(({ value }) => value);
    const { value, grads } = tf.variableGrads(() => model.lossSum(batch).loss, variables);
    expect(value.dataSync()[0]! / 4).toBeGreaterThan(0.5);
    expect(value.dataSync()[0]! / 4).toBeLessThan(6);
    const zero = model
      .parameters()
      .filter(({ value: variable }) => tf.sum(tf.abs(grads[variable.name]!)).dataSync()[0] === 0);
    // A softmax over keys does not see a bias that all of them share.
    expect(zero.map(({ name }) => name).filter((name) => !name.endsWith('k_proj.bias'))).toEqual([]);
  });

  it('ignores the padding of its texts', () => {
    const batch = pairs(2, 2);
    const padded = tf.concat([tf.slice(batch.textIds, [0, 0], [2, 3]), tf.fill([2, 3], 9, 'int32')], 1) as tf.Tensor2D;
    const lengths = [3, 3];
    const [a, b] = [
      model.embed({ ...batch, lengths }).texts,
      model.embed({ ...batch, textIds: padded, lengths }).texts,
    ];
    expect(tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]).toBeLessThan(1e-6);
  });

  it('learns which text belongs to which picture', () => {
    const batch = pairs(4, 3);
    const learning = new ContrastiveModel(config, 8);
    const optimizer = tf.train.adam(5e-3);
    const variables = learning.parameters().map(({ value }) => value);
    const step = (): number => {
      const loss = optimizer.minimize(() => learning.lossSum(batch).loss, true, variables) as tf.Scalar;
      return loss.dataSync()[0]! / 4;
    };
    const first = step();
    let last = first;
    for (let index = 0; index < 25; index += 1) last = step();
    expect(last).toBeLessThan(first / 3);
    learning.dispose();
  });

  it('learns which phrase belongs to which region, which adds its share to the loss', () => {
    const batch = pairs(3, 6);
    const regions: RegionBatch = {
      weights: tf.tensor3d(
        [1, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 1, 0, 0, 0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0, 0, 0],
        [3, 2, 4],
      ),
      rows: tf.tensor1d([0, 1, 2, 4], 'int32'),
      phrases: tf.tensor1d([0, 1, 1, 0], 'int32'),
      textIds: tf.tensor2d([3, 4, 5, 0], [2, 2], 'int32'),
      lengths: [2, 1],
    };
    const learning = new ContrastiveModel(config, 10);
    const named = (): number =>
      tf.tidy(() => {
        const [withThem, without] = [learning.lossSum({ ...batch, regions }).loss, learning.lossSum(batch).loss];
        return (withThem.dataSync()[0]! - without.dataSync()[0]!) / 3;
      });
    const first = named();
    expect(first).toBeGreaterThan(0.2);
    const optimizer = tf.train.adam(5e-3);
    const variables = learning.parameters().map(({ value }) => value);
    for (let index = 0; index < 25; index += 1)
      optimizer.minimize(() => learning.lossSum({ ...batch, regions }).loss, false, variables);
    expect(named()).toBeLessThan(first / 3);
    learning.dispose();
  });

  it('is the same for the same seed and another for another', () => {
    const [same, other] = [new ContrastiveModel(config, 7), new ContrastiveModel(config, 9)];
    const batch = pairs(2, 4);
    const difference = (a: ContrastiveModel, b: ContrastiveModel): number =>
      tf.tidy(() => tf.max(tf.abs(tf.sub(a.embed(batch).pictures, b.embed(batch).pictures))).dataSync()[0]!);
    expect(difference(model, same)).toBe(0);
    expect(difference(model, other)).toBeGreaterThan(1e-3);
    same.dispose();
    other.dispose();
  });

  it('saves a tower that loads back with equal features', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'moslora-tower-'));
    try {
      const dir = join(parent, 'tower');
      await saveTower(model.tower, dir, clipProcessor(16));
      expect(readdirSync(dir).sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json']);
      const loaded = loadTowerFolder(dir);
      const { pixels } = pairs(3, 5);
      const [ours, theirs] = [model.tower.features(pixels), loaded.features(pixels)];
      expect(theirs.shape).toEqual([3, 4, 16]);
      expect(tf.max(tf.abs(tf.sub(ours, theirs))).dataSync()[0]).toBeLessThan(1e-5);
      expect(loaded.parameters()).toEqual([]);
      const source = WeightFolder.open(dir);
      expect(source.names()).toContain('vision_model.pre_layrnorm.weight');
      source.close();
      loaded.dispose();
    } finally {
      rmSync(parent, { recursive: true });
    }
  });
});
