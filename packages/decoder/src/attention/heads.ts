import { rmsNorm, type HeadColumns } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { DecoderConfig } from '../config/decoder-config';

/** Queries, keys and values as the projections give them; `layout` says how the columns of a joint matrix stand. */
export interface Columns {
  heads: HeadColumns;
  layout: 'separate' | 'grouped';
}

/** Queries (B, T, H, K), keys and values (B, T, Hkv, K), before the rotation. */
export interface Heads {
  query: tf.Tensor4D;
  key: tf.Tensor4D;
  value: tf.Tensor4D;
}

type Shape = Pick<DecoderConfig, 'heads' | 'kvHeads' | 'headDim'>;

/** The heads that stand in the columns of B*T rows. */
export function splitHeads({ heads: columns, layout }: Columns, shape: Shape, batch: number): Heads {
  const { heads, kvHeads, headDim } = shape;
  const split = (y: tf.Tensor, count: number): tf.Tensor4D => tf.reshape(y, [batch, -1, count, headDim]) as tf.Tensor4D;
  const { query, key, value } = columns instanceof tf.Tensor ? parts(columns, layout, shape) : columns;
  return { query: split(query, heads), key: split(key, kvHeads), value: split(value, kvHeads) };
}

function parts(
  joint: tf.Tensor,
  layout: Columns['layout'],
  { heads, kvHeads, headDim }: Shape,
): Record<keyof Heads, tf.Tensor> {
  const group = heads / kvHeads;
  const [query, key, value] = (
    layout === 'grouped'
      ? tf.split(tf.reshape(joint, [-1, kvHeads, group + 2, headDim]), [group, 1, 1], 2) // of (B*T, Hkv, H / Hkv + 2, K)
      : tf.split(joint, [heads * headDim, kvHeads * headDim, kvHeads * headDim], 1)
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { query, key, value };
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
