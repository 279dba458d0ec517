import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { crossEntropy } from './cross-entropy';
import { crossEntropyReference } from './reference';

beforeAll(() => startBackend());

it('crossEntropy equals its reference, a sum over rows', () => {
  const targets = tf.tensor1d([0, 12, 5, 5], 'int32');
  const logits = () => normalTensor('logits', [4, 13], 3);
  const op = (x: tf.Tensor) => crossEntropy(x as tf.Tensor2D, targets);
  expect(disagreement(op, (x) => crossEntropyReference(x as tf.Tensor2D, targets), [logits()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(op, [logits()])).toBeLessThan(1e-2);
});

it('crossEntropy is ln V per row for equal logits, and stays finite for large ones', () => {
  const targets = tf.tensor1d([0, 1], 'int32');
  expect(crossEntropy(tf.zeros([2, 8]), targets).dataSync()[0]).toBeCloseTo(2 * Math.log(8), 5);
  expect(crossEntropy(tf.tensor2d([1e4, 0, 0, 1e4], [2, 2]), targets).dataSync()[0]).toBe(0);
});
