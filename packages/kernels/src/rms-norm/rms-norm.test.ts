import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { currentCompute } from '../execution/compute';
import { isLowOnly } from '../execution/storage';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { rmsNormReference } from './reference';
import { rmsNorm } from './rms-norm';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

const w = (width = 37) => normalTensor<tf.Tensor1D>('w', [width]);
const learning = (a: tf.Tensor, b: tf.Tensor) => rmsNorm(a, b as tf.Tensor1D, 1e-5, { weightGradient: true });
const reference = (a: tf.Tensor, b: tf.Tensor) => rmsNormReference(a, b as tf.Tensor1D, 1e-5);

it.each([[[2, 3, 37]], [[1, 3]], [[67, 64]], [[5, 4099]], [[2, 9, 4, 16]], [[1000, 33]]])(
  'rmsNorm of %j equals its reference with a learning weight and with a frozen one',
  (shape) => {
    const width = shape.at(-1)!;
    const x = () => normalTensor('x', shape);
    const frozen = w(width);
    const op = (a: tf.Tensor) => rmsNorm(a, frozen, 1e-5);
    expect(disagreement(learning, reference, [x(), w(width)])).toBeLessThan(1e-5);
    expect(disagreement(op, (a) => rmsNormReference(a, frozen, 1e-5), [x()])).toBeLessThan(1e-5);
    if (!isNative()) return;
    setMatMulPrecision('bfloat16');
    expect(disagreement(learning, reference, [x(), w(width)])).toBeLessThan(1e-2);
    const low = currentCompute().enter(x());
    expect(disagreement(op, (a) => rmsNormReference(a, frozen, 1e-5), [low])).toBeLessThan(1e-2);
  },
);

it('has the slope of finite differences', () => {
  expect(finiteDifferenceError(learning, [normalTensor('x', [2, 3, 37]), w()])).toBeLessThan(1e-2);
});

it('gives the type of the products, and its gradient the type of x', () => {
  if (!hasKernel('MosloraRmsNorm')) return expect(hasKernel('MosloraRmsNorm')).toBe(false);
  setMatMulPrecision('bfloat16');
  const weight = w();
  const slope = (x: tf.Tensor) => tf.engine().gradients(() => tf.sum(rmsNorm(x, weight, 1e-5)), [x]).grads[0]!;
  const x = normalTensor('x', [4, 37]);
  expect(isLowOnly(rmsNorm(x, weight, 1e-5))).toBe(true);
  expect(isLowOnly(slope(x))).toBe(false);
  expect(isLowOnly(slope(currentCompute().enter(x)))).toBe(true);
});

it('refuses a weight of another length, naming the op and the shapes', () => {
  if (!hasKernel('MosloraRmsNorm')) return expect(hasKernel('MosloraRmsNorm')).toBe(false);
  expect(() => rmsNorm(normalTensor('x', [4, 37]), w(36), 1e-5)).toThrow(
    /MosloraRmsNorm: the weight is float32 \(36\), expected 37 values; its inputs are float32 \(4, 37\), float32 \(36\)/,
  );
});
