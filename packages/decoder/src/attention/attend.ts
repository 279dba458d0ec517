import { attention, fusedAttention, gatherRows, rope, type AttentionMarks } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { DecoderConfig } from '../config/decoder-config';
import { splitHeads, type Columns } from './heads';
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
  visibility: Visibility;
  cache: KvCache | undefined;
}

/** Which keys a query sees, beside causality; `undefined` where that is all. */
export type Visibility =
  /** For the fused op. */
  | { kind: 'marks'; marks: AttentionMarks | undefined }
  /** Added to the scores, (B or 1, 1, T, S), causality included. */
  | { kind: 'mask'; mask: tf.Tensor4D | undefined };

/** Causal grouped-query attention with rotary positions: `softmax(q k^T / sqrt(K)) v` → (B*T, H*K), or (n, H*K) for the chosen rows. */
export function attend(
  columns: Columns,
  shape: Pick<DecoderConfig, 'heads' | 'kvHeads' | 'headDim'>,
  layer: number,
  pass: Pass,
  rows?: tf.Tensor1D,
): tf.Tensor2D {
  const merged =
    pass.visibility.kind === 'marks' ? fused(columns, shape, layer, pass) : plain(columns, shape, layer, pass);
  return rows ? (gatherRows(merged, rows, { distinct: true }) as tf.Tensor2D) : merged;
}

type Shape = Parameters<typeof attend>[1];

/** (B*T, H*K) in one op. */
function fused({ heads: columns, layout }: Columns, { heads, kvHeads }: Shape, layer: number, pass: Pass): tf.Tensor2D {
  const { batch, cos, sin, visibility, cache } = pass;
  const marks = visibility.kind === 'marks' ? visibility.marks : undefined;
  const options = { batch, heads, kvHeads, layout, tables: { cos, sin }, marks, causal: true };
  return cache ? cache.fused(layer).attend(columns, options) : fusedAttention(columns, options);
}

/** The same from plain ops. */
function plain(columns: Columns, shape: Shape, layer: number, pass: Pass): tf.Tensor2D {
  const { batch, tokens, cos, sin, visibility, cache } = pass;
  const mask = visibility.kind === 'mask' ? visibility.mask : undefined;
  const heads = splitHeads(columns, shape, batch);
  const byHead = (x: tf.Tensor4D): tf.Tensor4D => tf.transpose(x, [0, 2, 1, 3]);
  const query = rope(byHead(heads.query), cos, sin); // (B, H, T, K)
  let key = rope(byHead(heads.key), cos, sin); // (B, Hkv, T, K)
  let value = byHead(heads.value); // (B, Hkv, T, K)
  if (cache) ({ key, value } = cache.append(layer, key, value)); // (B, Hkv, S, K)
  // Beside the mask this only spares the scores it hides; keys of earlier passes stand before all queries.
  const causal = tokens > 1 && key.shape[2] === tokens;
  const mixed = attention(query, key, value, { mask, causal }); // (B, H, T, K)
  return tf.reshape(byHead(mixed), [batch * tokens, -1]) as tf.Tensor2D;
}
