import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { embedPatches, patchRows } from './patches';

describe('patch embedding', () => {
  beforeAll(() => startBackend());

  it.each([8, 10])('is the published convolution with stride P for pictures of side %i', async (side) => {
    const pixels = tf.randomNormal([2, 3, side, side]) as tf.Tensor4D;
    const weight = tf.randomNormal([5, 3, 4, 4]);
    const bias = tf.randomNormal([5]);
    const ours = embedPatches(patchRows(pixels, 4), weight, bias); // (2 * 4, 5)
    const kernel = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D;
    const theirs = tf.add(tf.conv2d(tf.transpose(pixels, [0, 2, 3, 1]), kernel, 4, 'valid'), bias); // (2, 2, 2, 5)
    const difference = tf.max(tf.abs(tf.sub(ours, tf.reshape(theirs, [8, 5]))));
    expect((await difference.data())[0]).toBeLessThan(1e-5);
  });
});
