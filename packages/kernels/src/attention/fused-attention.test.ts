import { liveRawCount, startBackend, tf } from '@moslora/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { disagreement, normalTensor, relativeError, valueAndGradients } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { AttentionCache } from './attention-cache';
import { fusedAttention, type FusedAttentionOptions, type HeadColumns } from './fused-attention';
import { attentionPair as pair, cachedAttention, type AttentionCase as Case } from './reference-case';

await startBackend();
const here = hasKernel('MosloraAttention') ? describe : describe.skip;
if (!hasKernel('MosloraAttention')) console.log('fused attention is not tested here: the kernels are not built');

const branch = (_: number, t: number) => (t < 37 ? 0 : t < 90 ? 1 : t < 150 ? 2 : 3);

const cases: Record<string, Case> = {
  'one head, one block': { b: 1, h: 1, kv: 1, t: 7, k: 32 },
  'causal, several blocks, rotated': { b: 2, h: 4, kv: 4, t: 203, k: 64, rotated: 'one' },
  'grouped queries': { b: 2, h: 6, kv: 2, t: 131, k: 48, rotated: 'each' },
  'grouped columns': { b: 1, h: 6, kv: 2, t: 70, k: 40, grouped: true, rotated: 'one' },
  'bidirectional, an odd tail': { b: 2, h: 3, kv: 3, t: 145, k: 72, causal: false },
  'heads of 80, 36 keys': { b: 1, h: 2, kv: 1, t: 36, k: 80, rotated: 'one', causal: false },
  'heads of 36': { b: 1, h: 2, kv: 2, t: 100, k: 36, rotated: 'one' },
  'heads of 128': { b: 1, h: 2, kv: 1, t: 300, k: 128, rotated: 'one' },
  'heads of 256': { b: 1, h: 1, kv: 1, t: 97, k: 256, rotated: 'one' },
  'three arrays': { b: 2, h: 4, kv: 2, t: 33, k: 34, joint: false, rotated: 'each' },
  'more keys than queries': { b: 2, h: 4, kv: 2, t: 19, s: 141, k: 64, joint: false, rotated: 'one' },
  'more keys, bidirectional': { b: 1, h: 2, kv: 2, t: 40, s: 110, k: 32, joint: false, causal: false },
  'padding on the right': { b: 2, h: 2, kv: 1, t: 170, k: 32, keyMark: (b, s) => (b === 1 && s >= 60 ? -1 : 0) },
  'padding on the right, bidirectional': {
    ...{ b: 2, h: 2, kv: 1, t: 100, k: 32, causal: false },
    keyMark: (b, s) => (b === 1 && s >= 60 ? -1 : 0),
  },
  branches: { b: 2, h: 4, kv: 2, t: 210, k: 32, rotated: 'each', keyMark: branch, queryMark: branch },
};

here.each(['float32', 'bfloat16'] as const)('fusedAttention in %s', (precision) => {
  afterEach(() => setMatMulPrecision('float32'));

  it.each(Object.entries(cases))('equals its reference, forward and backward: %s', (_, c) => {
    setMatMulPrecision(precision);
    const { op, reference, inputs } = pair(c);
    expect(disagreement(op, reference, inputs)).toBeLessThan(precision === 'float32' ? 1e-5 : 1e-2);
  });

  it('gives 0 for queries that see no key, and them no gradient (padding on the left)', () => {
    setMatMulPrecision(precision);
    const [t, k, padded] = [150, 32, 70];
    const { op, reference, inputs } = pair({ b: 1, h: 1, kv: 1, t, k, keyMark: (_, s) => (s < padded ? -1 : 0) });
    const seen = (f: (...x: tf.Tensor[]) => tf.Tensor) => (x: tf.Tensor) =>
      tf.slice(f(x), [padded, 0], [t - padded, k]);
    expect(disagreement(seen(op), seen(reference), inputs)).toBeLessThan(precision === 'float32' ? 1e-5 : 1e-2);
    const [value, gradient] = valueAndGradients(op, inputs);
    const largest = (x: tf.Tensor, rows: number) => tf.max(tf.abs(tf.slice(x, 0, rows))).dataSync()[0];
    expect(largest(value!, padded)).toBe(0);
    expect(largest(gradient!, padded)).toBe(0);
  });

  it('gives the same position by position with a cache as at once', () => {
    setMatMulPrecision(precision);
    const c: Case = { b: 2, h: 4, kv: 2, t: 90, k: 36, rotated: 'one', keyMark: (b, s) => (b === 1 && s < 9 ? -1 : 0) };
    const { op, inputs } = pair(c);
    const whole = tf.reshape(op(...inputs), [2, 90, 4 * 36]);
    const parts = cachedAttention(c, inputs[0]!, [50, 1, 1, 37, 1]);
    expect(relativeError(parts, whole)).toBeLessThan(precision === 'float32' ? 1e-5 : 1e-2);
  });
});

here('fusedAttention', () => {
  it('gives the same gradient each time, whatever thread does what', () => {
    const { op, inputs } = pair({ b: 1, h: 4, kv: 1, t: 300, k: 32 });
    const run = () => [...valueAndGradients(op, inputs)[1]!.dataSync()];
    expect(run()).toEqual(run());
  });

  it('forgets rows of a cache, and its own earlier room', () => {
    const held = tf.memory().numTensors;
    const options = { batch: 3, heads: 2, kvHeads: 1, causal: true };
    const rows = (seed: string, n: number) => normalTensor<tf.Tensor2D>(seed, [n, 4 * 8]);
    const [first, second] = [rows('first', 3 * 100), rows('second', 2)];
    const cache = new AttentionCache();
    cache.attend(first, options).dispose();
    cache.keepRows([2, 0]);
    const y = cache.attend(second, { ...options, batch: 2 });
    const alone = [2, 0].map((row, i) => {
      const one = new AttentionCache();
      one.attend(tf.slice(first, [row * 100, 0], [100, -1]), { ...options, batch: 1 });
      const y = one.attend(tf.slice(second, [i, 0], [1, -1]), { ...options, batch: 1 });
      one.dispose();
      return y;
    });
    expect(relativeError(y, tf.concat(alone, 0))).toBeLessThan(1e-6);
    cache.dispose();
    expect(cache.length).toBe(0);
    tf.dispose([y, alone, first, second]);
    // The slices of the two lone passes and their first outputs are all that is left.
    expect(tf.memory().numTensors).toBeLessThanOrEqual(held + 8);
  });

  it('says what does not fit, with the op and the shapes', () => {
    const options = { batch: 2, heads: 4, kvHeads: 2 };
    const run =
      (columns: HeadColumns, more: Partial<FusedAttentionOptions> = {}) =>
      () =>
        fusedAttention(columns, { ...options, ...more });
    const joint = tf.zeros([10, 64]);
    expect(run(tf.zeros([10, 63]))).toThrow(
      /MosloraAttention: the heads are float32 \(10, 63\), expected 2 x tokens rows of 8 heads/,
    );
    expect(run(tf.zeros([11, 64]))).toThrow(/MosloraAttention: the heads are float32 \(11, 64\)/);
    expect(run(joint, { heads: 3 })).toThrow(/MosloraAttention: 3 heads on 2 key heads for a batch of 2/);
    const tables = { cos: tf.zeros([4, 8]), sin: tf.zeros([4, 8]) };
    expect(run(joint, { tables })).toThrow(
      /a rotary table is float32 \(4, 8\), expected \(5, 8\), or that for each of 2 samples; its inputs are float32 \(10, 64\)/,
    );
    expect(run(joint, { marks: { keys: tf.zeros([2, 4], 'int32') } })).toThrow(
      /the marks of keys are int32 \(2, 4\), expected \(2, 5\)/,
    );
    const three = { query: tf.zeros([10, 32]), key: tf.zeros([10, 16]), value: tf.zeros([8, 16]) };
    expect(run(three)).toThrow(/the keys are float32 \(10, 16\), but the values float32 \(8, 16\)/);
    expect(run({ ...three, key: tf.zeros([8, 16]) }, { causal: true })).toThrow(
      /5 queries are more than the 4 keys they end with/,
    );
    expect(run(joint, { marks: { keys: tf.zeros([2, 5]) } })).toThrow(/MosloraAttention/);
  });

  it('leaks nothing', () => {
    const { op, inputs } = pair({ b: 2, h: 4, kv: 2, t: 40, k: 16, rotated: 'one' });
    const run = () => tf.dispose(valueAndGradients(op, inputs));
    run();
    const before = [tf.memory().numTensors, liveRawCount()];
    run();
    expect([tf.memory().numTensors, liveRawCount()]).toEqual(before);
  });
});
