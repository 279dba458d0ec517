import { tf } from '@moslora/runtime';
import { normalTensor } from '../gradient-check/agreement';
import { ropeReference } from '../rope/reference';
import { AttentionCache } from './attention-cache';
import { fusedAttention, type FusedAttentionOptions } from './fused-attention';
import { attentionReference } from './reference';

/** One attention for the tests, with sizes by ARCHITECTURE.md's letters: B, H, H', T, S and K. */
export interface AttentionCase {
  b: number;
  h: number;
  kv: number;
  t: number;
  /** Default t. */
  s?: number;
  k: number;
  /** Default true. */
  causal?: boolean;
  grouped?: boolean;
  /** One matrix of queries, keys and values (default), or three. */
  joint?: boolean;
  rotated?: 'one' | 'each';
  /** By (sample, position): the mark of a key and of a query. */
  keyMark?: (b: number, s: number) => number;
  queryMark?: (b: number, t: number) => number;
}

/** int32 values by their place. */
export function marksTensor(shape: [rows: number, columns: number], of: (row: number, column: number) => number) {
  const [rows, columns] = shape;
  const values = Int32Array.from({ length: rows * columns }, (_, i) => of(Math.floor(i / columns), i % columns));
  return tf.tensor(values, shape, 'int32');
}

/** Rotary tables of random angles. */
export function caseTables({ b, t, k, rotated }: AttentionCase): { cos: tf.Tensor; sin: tf.Tensor } | undefined {
  if (!rotated) return undefined;
  const angles = normalTensor('angles', rotated === 'one' ? [t, k / 2] : [b, 1, t, k / 2]);
  const both = tf.concat([angles, angles], -1);
  return { cos: tf.cos(both), sin: tf.sin(both) };
}

/** The op and its plain reference on the same random inputs, both (B*T, H*K). */
export function attentionPair(c: AttentionCase) {
  const { b, h, kv, t, s = t, k, joint = true, causal = true, grouped = false } = c;
  const tables = caseTables(c);
  const marks = c.keyMark && {
    keys: marksTensor([b, s], c.keyMark),
    ...(c.queryMark ? { queries: marksTensor([b, t], c.queryMark) } : {}),
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

/**
 * The attention of a joint, causal case with its positions coming in `parts` through a cache: (B, T, H*K). Keys may be marked, not
 * queries.
 */
export function cachedAttention(c: AttentionCase, qkv: tf.Tensor, parts: readonly number[]): tf.Tensor {
  const { b, h, kv, t } = c;
  const rows = tf.reshape(qkv, [b, t, -1]);
  const tables = caseTables(c);
  const cache = new AttentionCache();
  let past = 0;
  const outputs = parts.map((tokens) => {
    const from = (table: tf.Tensor) => tf.slice(table, [past, 0], [tokens, -1]);
    const y = cache.attend(tf.reshape(tf.slice(rows, [0, past, 0], [b, tokens, -1]), [b * tokens, -1]), {
      ...{ batch: b, heads: h, kvHeads: kv, causal: true },
      layout: c.grouped ? 'grouped' : 'separate',
      tables: tables && { cos: from(tables.cos), sin: from(tables.sin) },
      marks: c.keyMark && { keys: marksTensor([b, past + tokens], c.keyMark) },
    });
    past += tokens;
    return tf.reshape(y, [b, tokens, -1]);
  });
  if (cache.length !== past) throw new Error(`the cache has ${cache.length} positions after ${past}`);
  cache.dispose();
  return tf.concat(outputs, 1);
}
