import { isNative, startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor, relativeError } from '../gradient-check/agreement';
import { embedding, gatherRows } from './embedding';
import { rowsReference } from './reference';

beforeAll(() => startBackend());

const table = () => normalTensor<tf.Tensor2D>('table', [9, 5]);
const ids = () => tf.tensor2d([0, 3, 3, 8, 1, 3], [2, 3], 'int32');

it('gatherRows equals its reference; rows taken twice add their gradients', () => {
  const indices = ids();
  const op = (x: tf.Tensor) => gatherRows(x as tf.Tensor2D, indices);
  expect(disagreement(op, (x) => rowsReference(x as tf.Tensor2D, indices), [table()])).toBeLessThan(1e-5);
  expect(finiteDifferenceError(op, [table()])).toBeLessThan(1e-2);
});

it('embedding gives a gradient to a variable and none to a plain tensor', () => {
  const indices = ids();
  const variable = tf.variable(table());
  const plain = table();
  expect(embedding(plain, indices).shape).toEqual([2, 3, 5]);
  expect(relativeError(embedding(plain, indices), rowsReference(plain, indices))).toBe(0);
  const { value, grads } = tf.variableGrads(() => tf.sum(embedding(variable, indices)) as tf.Scalar, [variable]);
  const grad = grads[variable.name] as tf.Tensor;
  expect([...tf.sum(grad, 1).dataSync()]).toEqual([5, 5, 0, 15, 0, 0, 0, 0, 5]);
  const none = tf.engine().gradients(() => tf.sum(embedding(plain, indices)), [plain], undefined, true);
  expect(none.grads[0]).toBeUndefined();
  tf.dispose([value, grad, none.value]);
  variable.dispose();
});

it('an id outside the table is an error on the native backend', () => {
  if (!isNative()) return expect(isNative()).toBe(false);
  expect(() => gatherRows(table(), tf.tensor1d([9], 'int32'))).toThrow(/not in \[0, 9\)/);
});
