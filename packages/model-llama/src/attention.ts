import { attention, gatherRows, rope } from '@moslora/kernels';
import type { Linear } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { LlamaConfig } from './config';
import type { KvCache } from './kv-cache';

/** What all layers of one forward pass share. */
export interface Pass {
  /** B */
  batch: number;
  /** T */
  tokens: number;
  /** Rotary tables, (T, K), or (B, 1, T, K) where the rows' positions differ. */
  cos: tf.Tensor;
  sin: tf.Tensor;
  /** Added to the scores, (B or 1, 1, T, S), causality included; without it every key is seen. */
  mask: tf.Tensor4D | undefined;
  cache: KvCache | undefined;
}

export type AttentionLinears = Record<'q' | 'k' | 'v' | 'o', { get(): Linear }>;

/**
 * Causal grouped-query attention with rotary positions: `o(softmax(q k^T / sqrt(K) + mask) v)`.
 * x (B*T, D) → (B*T, D), or (n, D) for the chosen rows
 */
export function attend(
  x: tf.Tensor2D,
  linears: AttentionLinears,
  config: LlamaConfig,
  layer: number,
  pass: Pass,
  rows?: tf.Tensor1D,
): tf.Tensor2D {
  const { batch, tokens, cos, sin, mask, cache } = pass;
  const { heads, kvHeads, headDim } = config;
  const split = (y: tf.Tensor, count: number): tf.Tensor4D =>
    tf.transpose(tf.reshape(y, [batch, tokens, count, headDim]), [0, 2, 1, 3]);
  const query = rope(split(linears.q.get().apply(x), heads), cos, sin) as tf.Tensor4D; // (B, H, T, K)
  let key = rope(split(linears.k.get().apply(x), kvHeads), cos, sin) as tf.Tensor4D; // (B, Hkv, T, K)
  let value = split(linears.v.get().apply(x), kvHeads); // (B, Hkv, T, K)
  if (cache) ({ key, value } = cache.append(layer, key, value)); // (B, Hkv, S, K)
  // Beside the mask this only spares the scores it hides; keys of earlier passes stand before all queries.
  const causal = tokens > 1 && key.shape[2] === tokens;
  const mixed = attention(query, key, value, { mask, causal }); // (B, H, T, K)
  const merged = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * tokens, heads * headDim]) as tf.Tensor2D; // (B*T, H*K)
  return linears.o.get().apply(rows ? gatherRows(merged, rows) : merged) as tf.Tensor2D;
}
