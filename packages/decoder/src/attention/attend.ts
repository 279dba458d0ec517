import { attention, gatherRows, rope } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { KvCache } from './kv-cache';
import type { Heads } from './heads';

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

/**
 * Causal grouped-query attention with rotary positions: `softmax(q k^T / sqrt(K) + mask) v`.
 * q (B, T, H, K), k and v (B, T, Hkv, K) → (B*T, H*K), or (n, H*K) for the chosen rows
 */
export function attend(heads: Heads, layer: number, pass: Pass, rows?: tf.Tensor1D): tf.Tensor2D {
  const { batch, tokens, cos, sin, mask, cache } = pass;
  const byHead = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 2, 1, 3]);
  const query = rope(byHead(heads.query), cos, sin); // (B, H, T, K)
  let key = rope(byHead(heads.key), cos, sin); // (B, Hkv, T, K)
  let value = byHead(heads.value); // (B, Hkv, T, K)
  if (cache) ({ key, value } = cache.append(layer, key, value)); // (B, Hkv, S, K)
  // Beside the mask this only spares the scores it hides; keys of earlier passes stand before all queries.
  const causal = tokens > 1 && key.shape[2] === tokens;
  const mixed = attention(query, key, value, { mask, causal }); // (B, H, T, K)
  const merged = tf.reshape(byHead(mixed), [batch * tokens, -1]) as tf.Tensor2D; // (B*T, H*K)
  return rows ? (gatherRows(merged, rows) as tf.Tensor2D) : merged;
}
