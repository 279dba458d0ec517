import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { rmsNormReference } from './reference';
import { rmsNorm } from './rms-norm';

beforeAll(() => startBackend());

const x = () => normalTensor('x', [2, 3, 37]);
const w = () => normalTensor<tf.Tensor1D>('w', [37]);

it('rmsNorm equals its reference with a learning weight and with a frozen one', () => {
  const op = (a: tf.Tensor, b: tf.Tensor) => rmsNorm(a, b as tf.Tensor1D, 1e-5, { weightGradient: true });
  const reference = (a: tf.Tensor, b: tf.Tensor) => rmsNormReference(a, b as tf.Tensor1D, 1e-5);
  expect(disagreement(op, reference, [x(), w()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(op, [x(), w()])).toBeLessThan(1e-2);
  const frozen = w();
  expect(
    disagreement(
      (a) => rmsNorm(a, frozen, 1e-5),
      (a) => rmsNormReference(a, frozen, 1e-5),
      [x()],
    ),
  ).toBeLessThan(1e-5);
});
