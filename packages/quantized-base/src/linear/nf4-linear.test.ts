import { setMatMulPrecision } from '@moslora/kernels';
import { isNative, Rng, startBackend, tf } from '@moslora/runtime';
import { expectNoLeak, finiteDifferenceCheck, maxAbsDiff } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { dequantizeNf4, quantizeNf4 } from '../nf4-tensor';
import { Nf4Linear, type Nf4Residency } from './nf4-linear';

beforeAll(async () => {
  await startBackend();
});

const rng = new Rng(5, 'nf4 linear');
const weights = (out: number, width: number, dtype: 'float32' | 'float16' | 'bfloat16' = 'float32', double = true) =>
  quantizeNf4(rng.normalArray(out * width, 0, 0.05), { double, shape: [out, width], dtype });
const residencies: Nf4Residency[] = ['packed', 'dequantized'];

describe('Nf4Linear', () => {
  it.each([
    ['whole blocks', 24, 64],
    ['a partial block', 10, 33],
    ['an odd tail', 7, 9],
    ['more than 256 blocks', 300, 64],
  ])('unpacks to the bits of dequantizeNf4: %s', (_, out, width) => {
    for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
      for (const double of [true, false]) {
        const tensor = weights(out, width, dtype, double);
        for (const residency of residencies) {
          const linear = new Nf4Linear(tensor, { name: 'fc', residency });
          const values = linear.frozen.weight();
          expect(values.shape).toEqual([out, width]);
          expect([...values.dataSync()]).toEqual([...dequantizeNf4(tensor)]);
          expect(linear.quantized()).toEqual(tensor);
          values.dispose();
          linear.dispose();
        }
      }
    }
  });

  it.each(residencies)('computes x Wᵀ + b, %s', (residency) => {
    const tensor = weights(6, 10);
    const bias = rng.normalArray(6);
    const linear = new Nf4Linear(tensor, { name: 'fc', bias, residency });
    const x = tf.tensor3d(rng.normalArray(2 * 3 * 10), [2, 3, 10]);
    const y = linear.apply(x);
    expect(y.shape).toEqual([2, 3, 6]);
    const dense = tf.tensor2d(dequantizeNf4(tensor), [6, 10]);
    const expected = tf.add(tf.matMul(tf.reshape(x, [6, 10]), dense, false, true), tf.tensor1d(bias));
    expect(maxAbsDiff(y, expected)).toBeLessThan(1e-6);
    linear.dispose();
  });

  it('gives the same results packed and dequantised, in every precision of the backend', () => {
    for (const precision of isNative() ? (['float32', 'bfloat16'] as const) : (['float32'] as const)) {
      setMatMulPrecision(precision);
      for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
        const tensor = weights(32, 48, dtype);
        const x = tf.tensor2d(rng.normalArray(5 * 48), [5, 48]);
        const [packed, dequantized] = residencies.map((residency) => [
          ...new Nf4Linear(tensor, { name: 'fc', residency }).apply(x).dataSync(),
        ]);
        expect(packed).toEqual(dequantized);
      }
    }
    setMatMulPrecision('float32');
  });

  it('gives x its gradient and leaves nothing behind', async () => {
    const x = tf.tensor2d(rng.normalArray(4 * 20), [4, 20]);
    for (const residency of residencies) {
      const linear = new Nf4Linear(weights(8, 20), { name: 'fc', residency });
      finiteDifferenceCheck((input) => linear.apply(input), [x]);
      await expectNoLeak(() =>
        tf
          .grad((input) => tf.sum(linear.apply(input)))(x)
          .dispose(),
      );
      linear.dispose();
    }
  });

  it('frees all it holds', async () => {
    await expectNoLeak(() => {
      for (const residency of residencies) {
        const linear = new Nf4Linear(weights(8, 20), { name: 'fc', bias: new Float32Array(8), residency });
        tf.tidy(() => void linear.apply(tf.zeros([1, 20])));
        linear.dispose();
      }
    });
  });

  it.each(residencies)('takes another weight and quantises it again, %s', (residency) => {
    const linear = new Nf4Linear(weights(8, 64), { name: 'fc', residency });
    const other = rng.normalArray(8 * 64, 0, 0.2);
    linear.frozen.replace(tf.tensor2d(other, [8, 64]));
    const expected = dequantizeNf4(quantizeNf4(other, { double: true, shape: [8, 64] }));
    expect([...linear.frozen.weight().dataSync()]).toEqual([...expected]);
    expect(maxAbsDiff(linear.apply(tf.eye(64)), tf.transpose(tf.tensor2d(expected, [8, 64])))).toBe(0);
    linear.dispose();
  });

  it('refuses a bias of another length', () => {
    const make = (): unknown => new Nf4Linear(weights(8, 64), { name: 'layers.0.fc', bias: new Float32Array(7) });
    expect(make).toThrow('layers.0.fc: the bias must have one value for each of 8 outputs');
  });
});
