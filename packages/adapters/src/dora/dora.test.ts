import { dropoutMask } from '@moslora/kernels';
import { DenseLinear } from '@moslora/nn';
import { nativePaths, Rng, startBackend, tf } from '@moslora/runtime';
import { finiteDifferenceCheck, maxAbsDiff } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { AdapterFactors } from '../linear/adapter-factors';
import { AdapterLinear } from '../linear/adapter-linear';
import { Dropout } from '../linear/dropout';
import { rescaleRows } from './rescale-rows';
import { rowSquares, updatedRowNorms } from './row-norms';

const backends = nativePaths() ? (['wasm', 'native'] as const) : (['wasm'] as const);
const [width, out, rank, scale] = [10, 7, 3, 1.5];

describe.each(backends)('DoRA on %s', (backend) => {
  beforeAll(async () => {
    await startBackend({ backend });
  });

  const rng = new Rng('dora');
  const matrix = (rows: number, columns: number) =>
    tf.tensor2d(rng.normalArray(rows * columns, 0, 0.5), [rows, columns]);
  function layer(dropout = new Dropout(0, 'seed')): AdapterLinear {
    const base = new DenseLinear({ name: 'fc', weight: matrix(out, width), bias: rng.normalArray(out) });
    const values = {
      a: rng.normalArray(rank * width, 0, 0.5),
      b: rng.normalArray(out * rank, 0, 0.5),
      magnitude: rng.normalArray(out, 2, 0.3),
    };
    return AdapterLinear.fromBase(base, new AdapterFactors('fc', base, values, scale), dropout);
  }

  it('has the norms of W + s B A without making it', () => {
    const { base, factors } = layer();
    const weight = base.frozen!.weight();
    const norms = updatedRowNorms(base.frozen!, rowSquares(weight), { b: factors.b, down: factors.a, scale });
    const sum = tf.add(weight, tf.mul(tf.matMul(factors.b, factors.a), scale)) as tf.Tensor2D;
    expect(maxAbsDiff(norms, tf.sqrt(rowSquares(sum)))).toBeLessThan(1e-5);
  });

  it('computes m (W + s B A) / ‖W + s B A‖ x + bias', () => {
    const { base, factors } = layer();
    const linear = AdapterLinear.fromBase(base, factors, new Dropout(0, 'seed'));
    const x = tf.reshape(matrix(6, width), [2, 3, width]);
    const sum = tf.add(base.frozen!.weight(), tf.mul(tf.matMul(factors.b, factors.a), scale));
    const unit = tf.div(sum, tf.norm(sum, 2, 1, true));
    const expected = tf.matMul(x, tf.mul(unit, tf.reshape(factors.magnitude!.value, [out, 1])), false, true);
    expect(maxAbsDiff(linear.apply(x), tf.add(expected, base.frozen!.bias!))).toBeLessThan(1e-5);
    expect(linear.projection()).toBeUndefined();
  });

  it('holds norms constant in its gradients', () => {
    const norms = tf.tensor1d([1, 2, 3, 4, 5, 6, 7]);
    const inputs = [matrix(4, out), tf.tensor1d(rng.normalArray(out, 2))];
    finiteDifferenceCheck((z, m) => rescaleRows(z!, m as tf.Tensor1D, () => tf.clone(norms)), inputs);
  });

  it('drops elements of what it adds, and none of what the layer did', () => {
    const dropout = new Dropout(0.4, 'seed');
    const linear = layer(dropout);
    const { base, factors } = linear;
    dropout.begin({ step: 2, microStep: 0 });
    const x = matrix(5, width);
    let [got, expected]: tf.Tensor[] = [];
    tf.grad((t) => {
      got = tf.keep(linear.apply(t));
      const d = tf.mul(t, dropoutMask(5, width, dropout.draw('fc')!));
      const weight = base.frozen!.weight();
      const sum = tf.add(weight, tf.mul(tf.matMul(factors.b, factors.a), scale)) as tf.Tensor2D;
      const f = tf.div(factors.magnitude!.value, tf.sqrt(rowSquares(sum)));
      // As PEFT writes it: base(x) + (f - 1) W d + f s B A d.
      const added = tf.add(
        tf.mul(tf.matMul(d as tf.Tensor2D, weight, false, true), tf.sub(f, 1)),
        tf.mul(
          tf.matMul(tf.matMul(d as tf.Tensor2D, factors.a, false, true), factors.b, false, true),
          tf.mul(f, scale),
        ),
      );
      expected = tf.keep(tf.add(base.apply(t), added));
      return tf.sum(got);
    })(x);
    expect(maxAbsDiff(got!, expected!)).toBeLessThan(1e-5);
    expect(maxAbsDiff(got!, linear.apply(x))).toBeGreaterThan(0.1);
  });

  it('refuses a base that learns', () => {
    const base = new DenseLinear({ name: 'fc', weight: matrix(out, width), trainable: true });
    const values = { a: new Float32Array(width), b: new Float32Array(out), magnitude: new Float32Array(out) };
    expect(() => new AdapterFactors('fc', base, values, 1)).toThrow('fc: magnitudes over a weight that learns');
  });
});
