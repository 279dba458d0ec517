import { isNative, startBackend, tf } from '@moslora/runtime';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { crossEntropyReference } from '../cross-entropy/reference';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { disagreement, normalTensor } from '../gradient-check/agreement';
import { linearReference } from '../linear/reference';
import { setMatMulPrecision } from '../precision/precision';
import { headLoss } from './head-loss';

beforeAll(() => startBackend());
afterEach(() => setMatMulPrecision('float32'));

/** The most by which loss and gradient differ from plain ones, in float32 and bfloat16, over what each may differ. */
function worst(rows: number, width: number, head: tf.Tensor2D, targets: tf.Tensor1D): number {
  const h = normalTensor('h', [rows, width]);
  const frozen = new FrozenMatrix(tf.clone(head));
  const reference = (x: tf.Tensor) => crossEntropyReference(linearReference(x, head) as tf.Tensor2D, targets);
  const over = (['float32', 'bfloat16'] as const)
    .filter((precision) => precision === 'float32' || isNative())
    .map((precision) => {
      setMatMulPrecision(precision);
      return (
        disagreement((x) => headLoss(x as tf.Tensor2D, frozen, targets), reference, [h]) /
        (precision === 'float32' ? 2e-5 : 2e-2)
      );
    });
  frozen.dispose();
  return Math.max(...over);
}

const words = (rows: number, of: number) =>
  tf.tensor1d(
    Array.from({ length: rows }, (_, i) => (i * 7919 + of - 1) % of),
    'int32',
  );

it.each([
  [1, 3, 2],
  [3, 5, 7],
  [13, 17, 129],
  [25, 64, 1001],
  [110, 9, 70003],
  [2200, 1030, 40],
])('headLoss of %i rows, %i wide, over %i words equals its reference', (rows, width, of) => {
  expect(worst(rows, width, normalTensor('W', [of, width], 0.2), words(rows, of))).toBeLessThan(1);
});

it.each([
  [13, 8, 500],
  [110, 8, 70003],
])('headLoss of %i rows, %i wide, finds words among %i that lie far above the first ones', (rows, width, of) => {
  const large = tf.concat([
    normalTensor('W', [of - 3, width], 0.2),
    normalTensor('far', [3, width], 100),
  ]) as tf.Tensor2D;
  expect(worst(rows, width, large, words(rows, of))).toBeLessThan(1);
  expect(worst(rows, width, large, tf.fill([rows], of - 2, 'int32') as tf.Tensor1D)).toBeLessThan(1);
});

it('a row that is no number gives a loss that is none', () => {
  const h = tf.tensor2d([1, 2, Number.NaN, 4], [2, 2]);
  const frozen = new FrozenMatrix(normalTensor<tf.Tensor2D>('W', [40, 2]));
  expect(headLoss(h, frozen, words(2, 40)).dataSync()[0]).toBeNaN();
  frozen.dispose();
});
