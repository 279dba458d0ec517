import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { disagreement, finiteDifferenceError, normalTensor, relativeError } from '../gradient-check/agreement';
import { frozenLinear, trainableLinear } from './linear';
import { setMatMulPrecision } from '../precision/precision';
import { linearReference } from './reference';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

const x = () => normalTensor('x', [2, 3, 5]);
const w = () => normalTensor<tf.Tensor2D>('w', [7, 5]);
const b = () => normalTensor<tf.Tensor1D>('b', [7]);

it('trainableLinear equals its reference, with and without a bias', () => {
  const op = (...t: tf.Tensor[]) => trainableLinear(t[0] as tf.Tensor, t[1] as tf.Tensor2D, t[2] as tf.Tensor1D);
  const reference = (...t: tf.Tensor[]) => linearReference(t[0] as tf.Tensor, t[1] as tf.Tensor2D, t[2] as tf.Tensor1D);
  expect(disagreement(op, reference, [x(), w(), b()])).toBeLessThan(1e-5);
  expect(disagreement(op, reference, [x(), w()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(op, [x(), w(), b()])).toBeLessThan(1e-2);
});

it('frozenLinear equals its reference for rows and for batches', () => {
  const frozen = new FrozenMatrix(w());
  const bias = b();
  const op = (t: tf.Tensor) => frozenLinear(t, frozen, bias);
  const reference = (t: tf.Tensor) => linearReference(t, w(), bias);
  expect(disagreement(op, reference, [x()])).toBeLessThan(1e-5);
  expect(disagreement(op, reference, [normalTensor('rows', [9, 5])])).toBeLessThan(1e-5);
  frozen.dispose();
});

it.each([
  [1, 31, 7],
  [1, 4099, 130],
  [4, 64, 65],
  [8, 100, 129],
])('frozenLinear of %i rows, %i wide, equals its reference in bfloat16 too', (rows, width, outputs) => {
  if (!isNative()) return;
  setMatMulPrecision('bfloat16');
  const values = normalTensor<tf.Tensor2D>('few', [outputs, width]);
  const frozen = new FrozenMatrix(tf.clone(values));
  const op = (t: tf.Tensor) => frozenLinear(t, frozen);
  expect(disagreement(op, (t) => linearReference(t, values), [normalTensor('rows', [rows, width])])).toBeLessThan(1e-2);
  frozen.dispose();
});

it('a FrozenMatrix gives its values back, and takes others', () => {
  const frozen = new FrozenMatrix(w());
  expect(relativeError(frozen.toTensor(), w())).toBe(0);
  const other = normalTensor<tf.Tensor2D>('other', [7, 5]);
  frozen.replace(tf.clone(other));
  expect(relativeError(frozen.toTensor(), other)).toBe(0);
  frozen.dispose();
});
