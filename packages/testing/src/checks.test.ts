import { beforeAll, expect, it } from 'vitest';
import { startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff, maxRelDiff } from './difference';
import { finiteDifferenceCheck } from './finite-difference';
import { expectNoLeak } from './leak';

beforeAll(() => startBackend());

it('measures absolute and relative differences', () => {
  expect(maxAbsDiff([1, 2, 3], [1, 2.5, 3])).toBe(0.5);
  expect(maxRelDiff(tf.tensor1d([1, 5]), Float32Array.of(1, 4))).toBe(0.25);
  expect(maxRelDiff([0], [0])).toBe(0);
  expect(maxAbsDiff([NaN], [1])).toBe(Infinity);
  expect(maxAbsDiff([NaN, -Infinity], [NaN, -Infinity])).toBe(0);
  expect(() => maxAbsDiff([1], [1, 2])).toThrow("1 values can't be compared with 2");
});

it('passes a right gradient and finds a wrong one', () => {
  const x = tf.tensor2d([0.3, -0.7, 1.1, 0.2], [2, 2]);
  const y = tf.tensor2d([0.5, 0.1, -0.4, 0.9], [2, 2]);
  expect(finiteDifferenceCheck((a, b) => tf.tanh(tf.matMul(a!, b!)), [x, y])).toBeLessThan(2e-3);
  const twiceTooLarge = tf.customGrad((a) => ({
    value: tf.square(a as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.mul(4, a as tf.Tensor)),
  }));
  expect(() => finiteDifferenceCheck((a) => twiceTooLarge(a!), [x])).toThrow(
    /gradient is wrong at input 0, element \d/,
  );
});

it('sees a tensor left behind', async () => {
  await expect(expectNoLeak(() => tf.square(tf.scalar(1)))).rejects.toThrow('tensors left behind: 2');
  await expectNoLeak(() => tf.tidy(() => tf.sum(tf.tensor1d([1, 2])).dataSync()[0]));
});
