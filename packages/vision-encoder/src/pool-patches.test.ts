import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseTowerConfig } from './config';
import { pooledCount, poolPatches } from './pool-patches';
import { VisionTower } from './tower';

const tower = (model: string): VisionTower =>
  VisionTower.initialise(
    parseTowerConfig({
      model_type: model,
      hidden_size: 8,
      intermediate_size: 16,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      image_size: 16,
      patch_size: 4,
    }),
    3,
  );

describe('poolPatches', () => {
  beforeAll(() => startBackend());

  it('averages squares of neighbours, each channel by itself', () => {
    // Patch (row, column) of the second picture holds [10 row + column, 1].
    const cells = Array.from({ length: 16 }, (_, index) => [10 * Math.floor(index / 4) + (index % 4), 1]);
    const patches = tf.tensor3d([cells.map(([value]) => [-value!, 2]), cells]);
    const pooled = poolPatches(patches, 2);
    expect(pooled.arraySync()).toEqual([
      [
        [-5.5, 2],
        [-7.5, 2],
        [-25.5, 2],
        [-27.5, 2],
      ],
      [
        [5.5, 1],
        [7.5, 1],
        [25.5, 1],
        [27.5, 1],
      ],
    ]);
    expect(poolPatches(patches, 1)).toBe(patches);
  });

  it('names the sides that fit', () => {
    expect(pooledCount(196, 2)).toBe(49);
    expect(() => pooledCount(196, 3)).toThrow(
      /features\.pool\n {2}got {6}3, for 14 x 14 patches\n {2}expected one of 1, 2, 7, 14/,
    );
  });
});

describe('pooled features of a tower', () => {
  beforeAll(() => startBackend());
  const pixels = (): tf.Tensor4D => tf.randomNormal([2, 3, 16, 16], 0, 1, 'float32', 5);

  it.each(['vit', 'siglip_vision_model'])('are averages of those without pooling: %s', (model) => {
    const made = tower(model);
    const picture = pixels();
    const whole = made.features(picture, { layer: -2, select: 'default' }); // (2, 16, 8)
    const pooled = made.features(picture, { layer: -2, select: 'default', pool: 4 }); // (2, 1, 8)
    expect(pooled.shape).toEqual([2, made.featureRows({ select: 'default', pool: 4 }), 8]);
    const difference = tf.max(tf.abs(tf.sub(pooled, tf.mean(whole, 1, true))));
    expect(difference.dataSync()[0]).toBeLessThan(1e-5);
    made.dispose();
  });

  it('keep the class token in front, as it is', () => {
    const made = tower('vit');
    const picture = pixels();
    const whole = made.features(picture, { layer: [0, -1], select: 'full' }); // (2, 17, 16)
    const pooled = made.features(picture, { layer: [0, -1], select: 'full', pool: 2 }); // (2, 5, 16)
    expect(pooled.shape).toEqual([2, made.featureRows({ select: 'full', pool: 2 }), 16]);
    const first = (rows: tf.Tensor3D): tf.Tensor => tf.slice(rows, [0, 0, 0], [-1, 1, -1]);
    expect(tf.max(tf.abs(tf.sub(first(pooled), first(whole)))).dataSync()[0]).toBe(0);
    made.dispose();
  });
});
