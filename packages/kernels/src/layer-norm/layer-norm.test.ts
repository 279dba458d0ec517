import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { layerNorm } from './layer-norm';
import { layerNormReference } from './reference';

beforeAll(() => startBackend());

const x = () => normalTensor('x', [2, 3, 37]);
const w = () => normalTensor<tf.Tensor1D>('w', [37]);
const b = () => normalTensor<tf.Tensor1D>('b', [37]);

it('layerNorm equals its reference with learning weights and with frozen ones', () => {
  const op = (...t: tf.Tensor[]) =>
    layerNorm(t[0] as tf.Tensor, t[1] as tf.Tensor1D, t[2] as tf.Tensor1D, 1e-5, { weightGradient: true });
  const reference = (...t: tf.Tensor[]) =>
    layerNormReference(t[0] as tf.Tensor, t[1] as tf.Tensor1D, t[2] as tf.Tensor1D, 1e-5);
  expect(disagreement(op, reference, [x(), w(), b()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(op, [x(), w(), b()])).toBeLessThan(1e-2);
  const [weight, bias] = [w(), b()];
  const frozen = (a: tf.Tensor) => layerNorm(a, weight, bias, 1e-5);
  expect(disagreement(frozen, (a) => layerNormReference(a, weight, bias, 1e-5), [x()])).toBeLessThan(1e-5);
});
