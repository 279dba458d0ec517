import { liveRawCount, startBackend, tf } from '@moslora/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { disagreement, normalTensor, relativeError, valueAndGradients } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { ropeReference } from '../rope/reference';
import { AttentionCache } from './attention-cache';
import { fusedAttention, type FusedAttentionOptions, type HeadColumns } from './fused-attention';
import { attentionReference } from './reference';

await startBackend();
const here = hasKernel('MosloraAttention') ? describe : describe.skip;
if (!hasKernel('MosloraAttention')) console.log('fused attention is not tested here: the kernels are not built');

interface Case {
  b: number;
  h: number;
  kv: number;
  t: number;
  s?: number;
  k: number;
  causal?: boolean;
  grouped?: boolean;
  joint?: boolean;
  rotated?: 'one' | 'each';
  /** By (sample, position): the mark of a key and of a query. */
  keyMark?: (b: number, s: number) => number;
  queryMark?: (b: number, t: number) => number;
}

const table = (size: number, of: (i: number) => number, shape: number[]) =>
  tf.tensor(
    Int32Array.from({ length: size }, (_, i) => of(i)),
    shape,
    'int32',
  );

function tablesOf({ b, t, k, rotated }: Case): { cos: tf.Tensor; sin: tf.Tensor } | undefined {
  if (!rotated) return undefined;
  const angles = normalTensor('angles', rotated === 'one' ? [t, k / 2] : [b, 1, t, k / 2]);
  const both = tf.concat([angles, angles], -1);
  return { cos: tf.cos(both), sin: tf.sin(both) };
}

/** The op and its reference on the same inputs, both (B*T, H*K). */
function pair(c: Case) {
  const { b, h, kv, t, s = t, k, joint = true, causal = true, grouped = false } = c;
  const tables = tablesOf(c);
  const marks = c.keyMark && {
    keys: table(b * s, (i) => c.keyMark!(Math.floor(i / s), i % s), [b, s]),
    ...(c.queryMark ? { queries: table(b * t, (i) => c.queryMark!(Math.floor(i / t), i % t), [b, t]) } : {}),
  };
  const options: FusedAttentionOptions = {
    ...{ batch: b, heads: h, kvHeads: kv, causal, tables, marks },
    layout: grouped ? 'grouped' : 'separate',
  };
  const values = new Float32Array(b * t * s).map((_, i) => {
    const [sample, query, key] = [Math.floor(i / (t * s)), Math.floor(i / s) % t, i % s];
    const mark = c.keyMark?.(sample, key) ?? 0;
    const seen = mark === 0 || (mark > 0 && (!c.queryMark || c.queryMark(sample, query) === mark));
    return seen && (!causal || key <= query + s - t) ? 0 : -1e9;
  });
  const mask = tf.tensor4d(values, [b, 1, t, s]);
  const byHead = (x: tf.Tensor, n: number) => tf.transpose(tf.reshape(x, [b, -1, n, k]), [0, 2, 1, 3]) as tf.Tensor4D;
  const turn = (x: tf.Tensor4D) => (tables ? (ropeReference(x, tables.cos, tables.sin) as tf.Tensor4D) : x);
  const heads = (x: tf.Tensor[]): tf.Tensor[] => {
    if (!joint) return x;
    if (!grouped) return tf.split(x[0]!, [h * k, kv * k, kv * k], 1);
    return tf
      .split(tf.reshape(x[0]!, [b * t, kv, h / kv + 2, k]), [h / kv, 1, 1], 2)
      .map((y) => tf.reshape(y, [b * t, -1]));
  };
  const reference = (...x: tf.Tensor[]) => {
    const [q, key, v] = heads(x) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const keys = byHead(key, kv);
    const y = attentionReference(
      turn(byHead(q, h)),
      s === t ? turn(keys) : keys,
      byHead(v, kv),
      1 / Math.sqrt(k),
      mask,
    );
    return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [b * t, h * k]);
  };
  const op = (...x: tf.Tensor[]) => {
    const [query, key, value] = x as [tf.Tensor, tf.Tensor, tf.Tensor];
    return fusedAttention(joint ? query : { query, key, value }, options);
  };
  const inputs = joint
    ? [normalTensor('qkv', [b * t, (h + 2 * kv) * k])]
    : [normalTensor('q', [b * t, h * k]), normalTensor('k', [b * s, kv * k]), normalTensor('v', [b * s, kv * k])];
  return { op, reference, inputs };
}

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
    const qkv = tf.reshape(inputs[0]!, [2, 90, -1]);
    const { cos, sin } = tablesOf(c)!;
    const cache = new AttentionCache();
    let past = 0;
    const parts = [50, 1, 1, 37, 1].map((tokens) => {
      const marks = {
        keys: table(2 * (past + tokens), (i) => c.keyMark!(i < past + tokens ? 0 : 1, i % (past + tokens)), [
          2,
          past + tokens,
        ]),
      };
      const rows = tf.reshape(tf.slice(qkv, [0, past, 0], [2, tokens, -1]), [2 * tokens, -1]);
      const tables = { cos: tf.slice(cos, [past, 0], [tokens, -1]), sin: tf.slice(sin, [past, 0], [tokens, -1]) };
      const y = cache.attend(rows, { batch: 2, heads: 4, kvHeads: 2, causal: true, tables, marks });
      past += tokens;
      return tf.reshape(y, [2, tokens, -1]);
    });
    expect(cache.length).toBe(90);
    expect(relativeError(tf.concat(parts, 1), whole)).toBeLessThan(precision === 'float32' ? 1e-5 : 1e-2);
    cache.dispose();
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
