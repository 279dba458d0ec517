import { tf } from '@moslora/runtime';
import type { Compute } from '../execution/compute';
import { queryBlocks } from './query-block';

type Shape4 = [number, number, number, number];

/**
 * Attention with the scale already in k: q (B, H, T, K), k and v (B, H', S, K) -> output (B, H, T, K) and what its gradient needs.
 * Queries that share a key head are stacked along T, (B, H', H / H' T, K), for each block of queries.
 */
export function attentionForward(
  compute: Compute,
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  { mask, causal }: { mask: tf.Tensor | undefined; causal: boolean },
): { output: tf.Tensor; saved: tf.Tensor[] } {
  const [b, h, t] = q.shape as Shape4;
  const [, groups, s] = k.shape as Shape4;
  const blocks = queryBlocks(t, s, causal).map(({ start, count, keys }) => {
    const rows = (h / groups) * count;
    const stacked = compute.reshape(part(compute, q, 2, start, count), [b, groups, rows, lastOf(q)]);
    const dense = compute.batchMatMul(stacked, part(compute, k, 2, 0, keys), false, true);
    const scores = compute.reshape(dense, [b, h, count, keys]);
    const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, maskPart(mask, start, count, keys)));
    const p = compute.enter(compute.reshape(weights, [b, groups, rows, keys]));
    const y = compute.batchMatMul(p, part(compute, v, 2, 0, keys)); // (B, H', H / H' T, K)
    return { stacked, p, y: compute.reshape(y, [b, h, count, lastOf(v)]) };
  });
  const [first] = blocks;
  const output =
    blocks.length === 1 && first
      ? first.y
      : compute.concat(
          blocks.map(({ y }) => y),
          2,
        ); // (B, H, T, K)
  const saved = [k, v, output].map((tensor) => compute.enter(tensor));
  return { output, saved: [...saved, ...blocks.flatMap(({ stacked, p }) => [compute.enter(stacked), p])] };
}

/**
 * The gradients of q, k (its scale included) and v. With g = ∂L/∂y: ∂v = pᵀg, ∂s = p (g vᵀ - Σ g y), ∂q = ∂s k, ∂k = ∂sᵀ q. The row
 * sums are taken off inside the product [g, -Σ g y] [v, 1]ᵀ, so that no pass over (T, S) is spent on them.
 */
export function attentionGradient(
  compute: Compute,
  dy: tf.Tensor,
  saved: tf.Tensor[],
  causal: boolean,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const [k, v, y, ...perBlock] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
  const [b, h, t, width] = dy.shape as Shape4;
  const [, groups, s] = k.shape as Shape4;
  const pull = tf.neg(tf.sum(tf.mul(dy, y), -1, true)); // (B, H, T, 1)
  const g = compute.concat([dy, pull], 3); // (B, H, T, K + 1)
  const v1 = compute.concat([v, tf.ones([b, groups, s, 1])], 3); // (B, H', S, K + 1)
  const gradients = queryBlocks(t, s, causal).map(({ start, count, keys }, i) => {
    const [q, p] = [perBlock[2 * i], perBlock[2 * i + 1]] as [tf.Tensor, tf.Tensor];
    const rows = compute.reshape(part(compute, g, 2, start, count), [b, groups, (h / groups) * count, width + 1]);
    const ds = compute.mul(p, compute.batchMatMul(rows, part(compute, v1, 2, 0, keys), false, true));
    const dq = compute.batchMatMul(ds, part(compute, k, 2, 0, keys));
    return {
      dq: compute.reshape(dq, [b, h, count, width]),
      dk: compute.batchMatMul(ds, q, true, false), // (B, H', keys, K)
      dv: compute.batchMatMul(p, rows, true, false), // (B, H', keys, K + 1), its last column meaningless
    };
  });
  const [first] = gradients;
  const dv = sumOfPrefixes(
    gradients.map((gradient) => gradient.dv),
    s,
  );
  const dk = sumOfPrefixes(
    gradients.map((gradient) => gradient.dk),
    s,
  );
  const dqs = gradients.map((gradient) => gradient.dq);
  const dq = dqs.length === 1 && first ? first.dq : compute.concat(dqs, 2);
  return [dq, dk, part(compute, dv, 3, 0, width)];
}

/** `count` elements along one axis from `start`; the very same tensor where that is all of them. */
function part(compute: Compute, x: tf.Tensor, axis: number, start: number, count: number): tf.Tensor {
  if (count === x.shape[axis]) return x;
  const at = (values: readonly number[], value: number) => values.map((old, i) => (i === axis ? value : old));
  return compute.slice(x, at([0, 0, 0, 0], start), at(x.shape, count));
}

/** The mask of a block; a mask that is the same for all queries has one row for them. */
function maskPart(mask: tf.Tensor, start: number, count: number, keys: number): tf.Tensor {
  const [b, one, queries, all] = mask.shape as Shape4;
  if (queries <= 1) return keys === all ? mask : tf.slice(mask, [0, 0, 0, 0], [b, one, queries, keys]);
  if (count === queries && keys === all) return mask;
  return tf.slice(mask, [0, 0, start, 0], [b, one, count, keys]);
}

/** The sum of (B, H', s, K) with s up to S, each filled up with zeros. */
function sumOfPrefixes(parts: tf.Tensor[], s: number): tf.Tensor {
  if (parts.length === 1) return parts[0] as tf.Tensor;
  const padded = parts.map((x) => {
    const missing = s - (x.shape[2] as number);
    return missing === 0
      ? x
      : tf.pad(x, [
          [0, 0],
          [0, 0],
          [0, missing],
          [0, 0],
        ]);
  });
  return tf.addN(padded);
}

const lastOf = (x: tf.Tensor) => x.shape[x.rank - 1] as number;
