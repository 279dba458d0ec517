import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { currentCompute } from '../execution/compute';
import { isLowOnly } from '../execution/storage';
import { disagreement, finiteDifferenceError, normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { layerNorm } from './layer-norm';
import { layerNormReference } from './reference';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

const w = (width = 37) => normalTensor<tf.Tensor1D>('w', [width]);
const b = (width = 37) => normalTensor<tf.Tensor1D>('b', [width]);
const learning = (...t: tf.Tensor[]) =>
  layerNorm(t[0] as tf.Tensor, t[1] as tf.Tensor1D, t[2] as tf.Tensor1D, 1e-5, { weightGradient: true });
const reference = (...t: tf.Tensor[]) =>
  layerNormReference(t[0] as tf.Tensor, t[1] as tf.Tensor1D, t[2] as tf.Tensor1D, 1e-5);

it.each([[[2, 3, 37]], [[1, 5]], [[67, 64]], [[5, 4099]], [[1000, 33]]])(
  'layerNorm of %j equals its reference with learning weights and with frozen ones',
  (shape) => {
    const width = shape.at(-1)!;
    const x = () => normalTensor('x', shape);
    const [weight, bias] = [w(width), b(width)];
    const frozen = (a: tf.Tensor) => layerNorm(a, weight, bias, 1e-5);
    const plain = (a: tf.Tensor) => layerNormReference(a, weight, bias, 1e-5);
    expect(disagreement(learning, reference, [x(), w(width), b(width)])).toBeLessThan(1e-5);
    expect(disagreement(frozen, plain, [x()])).toBeLessThan(1e-5);
    if (!isNative()) return;
    setMatMulPrecision('bfloat16');
    expect(disagreement(learning, reference, [x(), w(width), b(width)])).toBeLessThan(1e-2);
    expect(disagreement(frozen, plain, [currentCompute().enter(x())])).toBeLessThan(1e-2);
  },
);

it('has the slope of finite differences', () => {
  expect(finiteDifferenceError(learning, [normalTensor('x', [2, 3, 37]), w(), b()])).toBeLessThan(1e-2);
});

it('takes the variance around a mean that is far from zero', () => {
  const [x, weight, bias] = [tf.add(normalTensor('x', [4, 37]), 300), w(), b()];
  const op = (a: tf.Tensor) => layerNorm(a, weight, bias, 1e-5);
  expect(disagreement(op, (a) => layerNormReference(a, weight, bias, 1e-5), [x])).toBeLessThan(1e-3);
});

it('gives the type of the products, or float32 where it is told to', () => {
  if (!hasKernel('MosloraLayerNorm')) return expect(hasKernel('MosloraLayerNorm')).toBe(false);
  setMatMulPrecision('bfloat16');
  const x = normalTensor('x', [4, 37]);
  expect(isLowOnly(layerNorm(x, w(), b(), 1e-5))).toBe(true);
  expect(isLowOnly(layerNorm(x, w(), b(), 1e-5, { wide: true }))).toBe(false);
});

it('refuses a bias of another length, naming the op and the shapes', () => {
  if (!hasKernel('MosloraLayerNorm')) return expect(hasKernel('MosloraLayerNorm')).toBe(false);
  expect(() => layerNorm(normalTensor('x', [4, 37]), w(), b(36), 1e-5)).toThrow(
    /MosloraLayerNorm: the bias is float32 \(36\), expected 37 values; its inputs are float32 \(4, 37\)/,
  );
});
