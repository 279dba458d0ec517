import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, finiteDifferenceError, normalTensor, relativeError } from '../gradient-check/agreement';
import { attention } from './attention';
import { attentionMask } from './attention-mask';
import { queryBlocks } from './query-block';
import { attentionReference } from './reference';

beforeAll(() => startBackend());

const inputs = (t: number, s: number) => [
  normalTensor('q', [2, 6, t, 5]),
  normalTensor('k', [2, 2, s, 5]),
  normalTensor('v', [2, 2, s, 5]),
];
const as4 = (t: tf.Tensor[]) => t as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

describe('attention', () => {
  it('equals its reference without a mask, other lengths of queries and keys', () => {
    const op = (...t: tf.Tensor[]) => attention(...as4(t));
    expect(disagreement(op, (...t) => attentionReference(...as4(t), 1 / Math.sqrt(5)), inputs(3, 7))).toBeLessThan(
      1e-5,
    );
    expect(finiteDifferenceError(op, inputs(3, 7))).toBeLessThan(1e-2);
  });

  it('equals its reference with a causal mask, padding and a scale of its own', () => {
    for (const padding of ['right', 'left'] as const) {
      const mask = attentionMask({ queries: 7, lengths: [7, 4], padding });
      const op = (...t: tf.Tensor[]) => attention(...as4(t), { mask, scale: 0.3 });
      expect(disagreement(op, (...t) => attentionReference(...as4(t), 0.3, mask), inputs(7, 7))).toBeLessThan(1e-5);
    }
  });

  it('computes a causal attention in blocks, with the same result', () => {
    const t = 200;
    const mask = attentionMask({ queries: t, lengths: [t, 131] });
    const op = (...x: tf.Tensor[]) => attention(...as4(x), { mask, causal: true });
    const reference = (...x: tf.Tensor[]) => attentionReference(...as4(x), 1 / Math.sqrt(5), mask);
    expect(disagreement(op, reference, inputs(t, t))).toBeLessThan(1e-5);
  });

  it('makes the mask from causal and lengths', () => {
    const t = as4(inputs(7, 7));
    const mask = attentionMask({ queries: 7, lengths: [7, 4] });
    expect(relativeError(attention(...t, { causal: true, lengths: [7, 4] }), attention(...t, { mask }))).toBe(0);
  });
});

describe('queryBlocks', () => {
  it('cuts only a long causal attention over its own keys, and covers every query once', () => {
    expect(queryBlocks(250, 250, false)).toEqual([{ start: 0, count: 250, keys: 250 }]);
    expect(queryBlocks(1, 250, true)).toEqual([{ start: 0, count: 1, keys: 250 }]);
    expect(queryBlocks(3, 3, true)).toEqual([{ start: 0, count: 3, keys: 3 }]);
    expect(queryBlocks(150, 150, true)).toEqual([
      { start: 0, count: 75, keys: 75 },
      { start: 75, count: 75, keys: 150 },
    ]);
    for (const t of [97, 250, 2048]) {
      const blocks = queryBlocks(t, t, true);
      expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(t);
      for (const { start, count, keys } of blocks) expect(keys).toBe(start + count);
    }
  });
});

describe('attentionMask', () => {
  const visible = (mask: tf.Tensor) => [...mask.dataSync()].map((value) => (value === 0 ? 1 : 0)).join('');

  it('lets a query see real keys at or before it', () => {
    expect(visible(attentionMask({ queries: 3 }))).toBe('100' + '110' + '111');
    expect(visible(attentionMask({ queries: 3, lengths: [2] }))).toBe('100' + '110' + '110');
    expect(visible(attentionMask({ queries: 3, lengths: [2], padding: 'left' }))).toBe('000' + '010' + '011');
  });

  it('counts the queries as the last of the keys, and drops the order where it is not causal', () => {
    expect(visible(attentionMask({ queries: 1, keys: 3, lengths: [2], padding: 'left' }))).toBe('011');
    expect(visible(attentionMask({ queries: 2, keys: 3 }))).toBe('110' + '111');
    expect(visible(attentionMask({ queries: 2, causal: false, lengths: [1] }))).toBe('10' + '10');
  });
});
