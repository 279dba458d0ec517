import {
  areAlike,
  dropoutMask,
  fusedProjections,
  hasKernel,
  headLoss,
  setMatMulPrecision,
  type Projection,
} from '@moslora/kernels';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { dequantizeNf4, quantizeNf4, type Nf4Tensor } from '../nf4-tensor';
import { PackedWeight } from './nf4-weight';

await startBackend();
const here = hasKernel('MosloraProjections') ? describe : describe.skip;
if (!hasKernel('MosloraProjections')) console.log('fused products are not tested here: the kernels are not built');

const normal = <T extends tf.Tensor>(seed: string, shape: number[], std = 1): T =>
  tf.tensor(
    new Rng(seed).normalArray(
      shape.reduce((a, b) => a * b, 1),
      0,
      std,
    ),
    shape,
  ) as T;

interface Case {
  rows: number;
  inputs: number;
  outputs: number[];
  rank: number;
  dtype: Nf4Tensor['dtype'];
  double: boolean;
  mixed: boolean;
  dropout?: number;
}

const cases: Case[] = [
  { rows: 13, inputs: 64, outputs: [96], rank: 4, dtype: 'float32', double: true, mixed: true },
  { rows: 29, inputs: 96, outputs: [33, 70, 5], rank: 7, dtype: 'bfloat16', double: false, mixed: true },
  { rows: 1, inputs: 288, outputs: [64, 32], rank: 16, dtype: 'bfloat16', double: true, mixed: false },
  { rows: 1, inputs: 320, outputs: [70, 33], rank: 4, dtype: 'bfloat16', double: true, mixed: true },
  { rows: 1, inputs: 6720, outputs: [71], rank: 2, dtype: 'bfloat16', double: true, mixed: false },
  { rows: 3, inputs: 4160, outputs: [9], rank: 2, dtype: 'bfloat16', double: false, mixed: false },
  { rows: 8, inputs: 192, outputs: [67], rank: 4, dtype: 'bfloat16', double: true, mixed: true },
  { rows: 6, inputs: 128, outputs: [65], rank: 8, dtype: 'float16', double: false, mixed: true },
  { rows: 7, inputs: 192, outputs: [67, 40], rank: 4, dtype: 'bfloat16', double: true, mixed: true, dropout: 0.3 },
  { rows: 290, inputs: 300, outputs: [33], rank: 5, dtype: 'float32', double: true, mixed: false, dropout: 0.05 },
  { rows: 50, inputs: 37, outputs: [41, 40], rank: 1, dtype: 'float16', double: true, mixed: true },
  { rows: 300, inputs: 544, outputs: [130, 66], rank: 64, dtype: 'bfloat16', double: true, mixed: true },
];

/** The op under test and the same in plain tfjs, as functions of x, the residual and all factors. */
function opsOf({ rows, inputs, outputs, rank, dtype, double, mixed, dropout: probability }: Case) {
  const dropouts = outputs.map((_, i) => (probability === undefined ? undefined : { probability, seed: 4e9 + i }));
  const quantized = outputs.map((out, i) =>
    quantizeNf4(new Rng('w', i).normalArray(out * inputs, 0, 0.5), { shape: [out, inputs], dtype, double, place: 'w' }),
  );
  const weights = quantized.map((tensor) => new PackedWeight(tensor));
  const plain = quantized.map((tensor) => tf.tensor2d(dequantizeNf4(tensor), tensor.shape as [number, number]));
  const biases = outputs.map((out, i) => normal<tf.Tensor1D>(`bias ${i}`, [out]));
  const each = mixed ? 3 : 2;
  const factorsOf = (t: tf.Tensor[], i: number) => {
    const [a, b, mixer] = t.slice(i * each, (i + 1) * each) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D?];
    return { a, b, ...(mixer && { mixer }), scale: 0.7 };
  };
  const learning = outputs.flatMap((out, i) => [
    normal(`a ${i}`, [rank, inputs], 0.2),
    normal(`b ${i}`, [out, rank], 0.2),
    ...(mixed ? [normal(`m ${i}`, [rank, rank], 0.4)] : []),
  ]);
  const members = (t: tf.Tensor[]): Projection[] =>
    weights.map((weight, i) => ({ weight, bias: biases[i], factors: factorsOf(t, i), dropout: dropouts[i] }));
  const reference = (x: tf.Tensor, residual: tf.Tensor, ...t: tf.Tensor[]) => {
    const parts = plain.map((weight, i) => {
      const { a, b, mixer, scale } = factorsOf(t, i);
      const seen = dropouts[i] ? tf.mul(x, dropoutMask(rows, inputs, dropouts[i])) : x;
      const u = tf.matMul(seen as tf.Tensor2D, a, false, true);
      const v = mixer ? tf.matMul(u, mixer, false, true) : u;
      const base = tf.add(tf.matMul(x as tf.Tensor2D, weight, false, true), biases[i]!);
      return tf.add(base, tf.mul(tf.matMul(v, b, false, true), scale)) as tf.Tensor2D;
    });
    return tf.add(tf.concat(parts, 1), residual);
  };
  const op = (x: tf.Tensor, residual: tf.Tensor, ...t: tf.Tensor[]) =>
    fusedProjections(x as tf.Tensor2D, members(t), { residual: residual as tf.Tensor2D });
  return { op, reference, learning, members };
}

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Largest error of value and gradients, relative to the largest value of each. */
function disagreement(op: Op, reference: Op, inputs: tf.Tensor[]): number {
  const [got, wanted] = [op, reference].map((one) => {
    const value = tf.tidy(() => one(...inputs));
    const probe = normal('probe', value.shape);
    const { value: sum, grads } = tf
      .engine()
      .gradients(() => tf.sum(tf.mul(one(...inputs), probe)), inputs, undefined, true);
    tf.dispose([sum, probe]);
    return [value, ...grads];
  }) as [tf.Tensor[], tf.Tensor[]];
  const errors = got.map((tensor, i) =>
    tf.tidy(() => {
      const other = wanted[i] as tf.Tensor;
      expect(tensor.shape).toEqual(other.shape);
      return tf.max(tf.abs(tf.sub(tensor, other))).dataSync()[0]! / tf.max(tf.abs(other)).dataSync()[0]!;
    }),
  );
  tf.dispose([got, wanted]);
  return Math.max(...errors);
}

here('fusedProjections', () => {
  afterEach(() => setMatMulPrecision('float32'));

  for (const one of cases) {
    const total = one.outputs.reduce((a, b) => a + b, 0);
    it(`equals plain products: ${JSON.stringify(one)}`, () => {
      const { op, reference, learning } = opsOf(one);
      const inputs = [normal('x', [one.rows, one.inputs]), normal('r', [one.rows, total]), ...learning];
      expect(disagreement(op as Op, reference as Op, inputs)).toBeLessThan(1e-5);
      setMatMulPrecision('bfloat16');
      expect(disagreement(op as Op, reference as Op, inputs)).toBeLessThan(2e-2);
    });
  }

  it('gives no gradient of x where none is wanted, and leaks nothing', () => {
    const { members, learning } = opsOf(cases[1]!);
    const x = normal<tf.Tensor2D>('x', [29, 96]);
    const run = () => {
      const loss = () => tf.sum(fusedProjections(x, members(learning), { inputGradient: false }));
      const { value, grads } = tf.engine().gradients(loss, [x, ...learning], undefined, true);
      expect(grads[0]).toBeUndefined();
      tf.dispose([value, ...grads.slice(1)]);
    };
    run();
    const before = tf.memory().numTensors;
    run();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says which op was given what', () => {
    const { members, learning } = opsOf(cases[0]!);
    expect(() => fusedProjections(normal('x', [3, 65]), members(learning))).toThrow(
      /MosloraProjections: .*float32 \(3, 65\)/,
    );
    expect(areAlike([...members(learning), { weight: members(learning)[0]!.weight }])).toBe(false);
  });
});

here('headLoss', () => {
  afterEach(() => setMatMulPrecision('float32'));

  it('equals the cross-entropy of all logits, in chunks', () => {
    const [rows, width, words] = [600, 32, 5001];
    const values = new Rng('head').normalArray(words * width, 0, 0.3);
    const tensor = quantizeNf4(values, { shape: [words, width], dtype: 'float32', double: true, place: 'head' });
    const weight = new PackedWeight(tensor);
    const plain = tf.tensor2d(dequantizeNf4(tensor), [words, width]);
    const targets = tf.tensor1d(
      Array.from({ length: rows }, (_, i) => (i * 7919) % words),
      'int32',
    );
    const reference = (h: tf.Tensor) => {
      const logits = tf.matMul(h as tf.Tensor2D, plain, false, true);
      const hot = tf.cast(tf.oneHot(targets, words), 'float32');
      return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), hot)));
    };
    const h = [normal('h', [rows, width])];
    const op = (x: tf.Tensor) => headLoss(x as tf.Tensor2D, weight, targets);
    expect(disagreement(op, reference, h)).toBeLessThan(1e-5);
    setMatMulPrecision('bfloat16');
    expect(disagreement(op, reference, h)).toBeLessThan(2e-2);
  });

  it('refuses a target that is no word', () => {
    const tensor = quantizeNf4(new Rng('w').normalArray(640, 0, 1), {
      shape: [10, 64],
      dtype: 'float32',
      double: false,
      place: 'w',
    });
    const weight = new PackedWeight(tensor);
    const h = normal<tf.Tensor2D>('h', [2, 64]);
    expect(() => headLoss(h, weight, tf.tensor1d([3, 10], 'int32'))).toThrow(/MosloraHeadLoss: target 10 of 10 words/);
  });
});
