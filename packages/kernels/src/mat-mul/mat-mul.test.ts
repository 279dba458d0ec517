import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { matMul } from './mat-mul';

beforeAll(() => startBackend());

describe('matMul', () => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const a = () => normalTensor<tf.Tensor2D>('a', transposeA ? [5, 3] : [3, 5]);
      const b = () => normalTensor<tf.Tensor2D>('b', transposeB ? [7, 5] : [5, 7]);
      const op = (x: tf.Tensor, y: tf.Tensor) => matMul(x as tf.Tensor2D, y as tf.Tensor2D, { transposeA, transposeB });
      const reference = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);

      it(`equals tf.matMul, value and gradients (transposeA ${transposeA}, transposeB ${transposeB})`, () => {
        expect(disagreement(op, reference, [a(), b()])).toBeLessThan(1e-5);
        expect(finiteDifferenceError(op, [a(), b()])).toBeLessThan(1e-2);
      });
    }
  }
});
