import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { ropeReference } from './reference';
import { rope } from './rope';

beforeAll(() => startBackend());

/** Angles twice along the last axis, as every rope table has them. */
function tables(shape: number[]) {
  const angles = normalTensor('angles', shape);
  const both = tf.concat([angles, angles], -1);
  return { cos: tf.cos(both), sin: tf.sin(both) };
}

it('rope equals its reference with one table for all samples and with one each', () => {
  for (const shape of [
    [5, 3],
    [2, 1, 5, 3],
  ]) {
    const { cos, sin } = tables(shape);
    const op = (x: tf.Tensor) => rope(x as tf.Tensor4D, cos, sin);
    const x = () => normalTensor('x', [2, 3, 5, 6]);
    expect(disagreement(op, (t) => ropeReference(t, cos, sin), [x()])).toBeLessThan(1e-5);
    expect(finiteDifferenceError(op, [x()])).toBeLessThan(1e-2);
  }
});

it('rope keeps the length of every pair, so its gradient undoes it', () => {
  const { cos, sin } = tables([5, 3]);
  const x = normalTensor<tf.Tensor4D>('x', [1, 2, 5, 6]);
  const rotated = rope(x, cos, sin);
  const back = tf.grad((t) => tf.sum(tf.mul(rope(t as tf.Tensor4D, cos, sin), rotated)))(x);
  expect(tf.max(tf.abs(tf.sub(back, x))).dataSync()[0]).toBeLessThan(1e-5);
});
