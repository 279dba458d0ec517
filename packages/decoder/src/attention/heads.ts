import { rmsNorm } from '@moslora/kernels';
import type { Linear } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { DecoderConfig } from '../config/decoder-config';

/** Queries (B, T, H, K), keys and values (B, T, Hkv, K), before the rotation. */
export interface Heads {
  query: tf.Tensor4D;
  key: tf.Tensor4D;
  value: tf.Tensor4D;
}

type Shape = Pick<DecoderConfig, 'heads' | 'kvHeads' | 'headDim'>;

/** Heads from a projection each: x (B*T, D). */
export function separateHeads(
  x: tf.Tensor2D,
  linears: Record<'query' | 'key' | 'value', Linear>,
  { heads, kvHeads, headDim }: Shape,
  batch: number,
): Heads {
  const split = (y: tf.Tensor, count: number): tf.Tensor4D => tf.reshape(y, [batch, -1, count, headDim]) as tf.Tensor4D;
  return {
    query: split(linears.query.apply(x), heads),
    key: split(linears.key.apply(x), kvHeads),
    value: split(linears.value.apply(x), kvHeads),
  };
}

/**
 * Heads from one projection whose outputs are grouped by key head: for each of them its H / Hkv queries, then its key, then its
 * value. x (B*T, D).
 */
export function groupedHeads(x: tf.Tensor2D, fused: Linear, { heads, kvHeads, headDim }: Shape, batch: number): Heads {
  const group = heads / kvHeads;
  const all = tf.reshape(fused.apply(x), [-1, kvHeads, group + 2, headDim]); // (B*T, Hkv, H / Hkv + 2, K)
  const [query, key, value] = tf.split(all, [group, 1, 1], 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const split = (y: tf.Tensor, count: number): tf.Tensor4D => tf.reshape(y, [batch, -1, count, headDim]) as tf.Tensor4D;
  return { query: split(query, heads), key: split(key, kvHeads), value: split(value, kvHeads) };
}

/** An RMS norm over each head's queries and keys, each with one weight (K) for all heads. */
export function normedHeads(
  { query, key, value }: Heads,
  weights: { query: tf.Tensor1D; key: tf.Tensor1D },
  eps: number,
): Heads {
  return {
    query: rmsNorm(query, weights.query, eps) as tf.Tensor4D,
    key: rmsNorm(key, weights.key, eps) as tf.Tensor4D,
    value,
  };
}
