import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { swigluReference } from './reference';
import { silu, swiglu } from './swiglu';

beforeAll(() => startBackend());

it('swiglu equals its reference', () => {
  const inputs = () => [normalTensor('gate', [3, 17], 3), normalTensor('up', [3, 17])];
  expect(disagreement(swiglu, swigluReference, inputs())).toBeLessThan(1e-5);
  expect(finiteDifferenceError(swiglu, inputs())).toBeLessThan(1e-2);
});

it('silu equals its reference and stays finite far out', () => {
  const z = () => normalTensor('z', [3, 17], 3);
  expect(disagreement(silu, (x) => tf.mul(x, tf.sigmoid(x)), [z()])).toBeLessThan(1e-5);
  const far = swiglu(tf.tensor1d([-200, 200]), tf.tensor1d([1, 1])).dataSync();
  expect([...far].map((value) => value + 0)).toEqual([0, 200]);
});
