import { startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor, relativeError } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { columnSums, fusedMatMul } from './fused-mat-mul';
import { matMul } from './mat-mul';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

describe('matMul', () => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const a = () => normalTensor<tf.Tensor2D>('a', transposeA ? [5, 3] : [3, 5]);
      const b = () => normalTensor<tf.Tensor2D>('b', transposeB ? [7, 5] : [5, 7]);
      const op = (x: tf.Tensor, y: tf.Tensor) => matMul(x as tf.Tensor2D, y as tf.Tensor2D, { transposeA, transposeB });
      const reference = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);

      it(`equals tf.matMul, value and gradients (transposeA ${transposeA}, transposeB ${transposeB})`, () => {
        expect(disagreement(op, reference, [a(), b()])).toBeLessThan(1e-5);
        expect(finiteDifferenceError(op, [a(), b()])).toBeLessThan(1e-2);
      });
    }
  }

  it('stays near it in bfloat16, for sizes that fill no panel', async () => {
    if (!hasKernel('MosloraMatMul')) return console.log('not tested here: the kernels are not built');
    setMatMulPrecision('bfloat16');
    for (const [m, k, n] of [
      [13, 65, 33],
      [1, 1, 1],
      [70, 300, 41],
    ] as const) {
      for (const [transposeA, transposeB] of [
        [false, false],
        [false, true],
        [true, false],
        [true, true],
      ]) {
        const a = normalTensor<tf.Tensor2D>('a', transposeA ? [k, m] : [m, k]);
        const b = normalTensor<tf.Tensor2D>('b', transposeB ? [n, k] : [k, n]);
        const op = (x: tf.Tensor, y: tf.Tensor) =>
          matMul(x as tf.Tensor2D, y as tf.Tensor2D, { transposeA, transposeB });
        const reference = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
        expect(disagreement(op, reference, [a, b])).toBeLessThan(2e-2);
      }
    }
  });

  it('adds a bias, sums columns, and refuses factors that do not fit', () => {
    if (!hasKernel('MosloraMatMul')) return console.log('not tested here: the kernels are not built');
    const [x, bias] = [normalTensor<tf.Tensor2D>('x', [150, 270]), normalTensor<tf.Tensor1D>('bias', [270])];
    const product = fusedMatMul(x, tf.eye(270), { bias, wide: true });
    expect(relativeError(product, tf.add(x, bias))).toBeLessThan(1e-2);
    expect(relativeError(columnSums(x), tf.sum(x, 0))).toBeLessThan(1e-5);
    expect(() => fusedMatMul(x, tf.eye(269))).toThrow(/MosloraMatMul: the factors do not fit.*\(150, 270\)/);
  });
});
