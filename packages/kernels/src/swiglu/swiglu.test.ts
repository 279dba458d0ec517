import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { swigluReference } from './reference';
import { jointSwiglu, silu, swiglu } from './swiglu';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

const pair = (rows = 3, width = 17) => [normalTensor('gate', [rows, width], 3), normalTensor('up', [rows, width])];
const referenceOfJoint = (joint: tf.Tensor) => {
  const [gate, up] = tf.split(joint, 2, -1) as [tf.Tensor, tf.Tensor];
  return swigluReference(gate, up);
};

it('swiglu equals its reference', () => {
  expect(disagreement(swiglu, swigluReference, pair())).toBeLessThan(1e-5);
  expect(finiteDifferenceError(swiglu, pair())).toBeLessThan(1e-2);
});

it.each([
  [2, 3],
  [3, 17],
  [5, 64],
  [7, 9999],
  [1, 70001],
])('both layouts of (%i, %i) equal the reference in both precisions', (rows, width) => {
  const joint = () => tf.concat(pair(rows, width), 1);
  for (const [precision, tolerance] of [
    ['float32', 1e-5],
    ['bfloat16', 1e-2],
  ] as const) {
    if (precision === 'bfloat16' && !isNative()) continue;
    setMatMulPrecision(precision);
    expect(disagreement(swiglu, swigluReference, pair(rows, width))).toBeLessThan(tolerance);
    expect(disagreement(jointSwiglu, referenceOfJoint, [joint()])).toBeLessThan(tolerance);
  }
});

it('silu equals its reference and stays finite far out', () => {
  const z = () => normalTensor('z', [3, 17], 3);
  expect(disagreement(silu, (x) => tf.mul(x, tf.sigmoid(x)), [z()])).toBeLessThan(1e-5);
  const far = swiglu(tf.tensor1d([-200, 200]), tf.tensor1d([1, 1])).dataSync();
  expect([...far].map((value) => value + 0)).toEqual([0, 200]);
});

it('lets NaN through', () => {
  expect(swiglu(tf.tensor1d([NaN, 1]), tf.tensor1d([1, NaN])).dataSync()).toEqual(Float32Array.of(NaN, NaN));
});

it('refuses shapes that do not go together', () => {
  expect(() => jointSwiglu(tf.zeros([2, 3]))).toThrow('jointSwiglu: the last axis of (2, 3) is not even');
  if (!hasKernel('MosloraSwiglu')) return;
  expect(() => swiglu(tf.zeros([2, 3]), tf.zeros([2, 4]))).toThrow(
    /MosloraSwiglu: up is float32 \(2, 4\), expected the shape of float32 \(2, 3\)/,
  );
});
