import { tf } from '@moslora/runtime';
import type { Compute } from '../execution/compute';

/** Attention with the scale already in q, everything in the compute type: q (B, H, T, K), k and v (B, H', S, K). */
export function attentionForward(
  compute: Compute,
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  mask: tf.Tensor | undefined,
): { output: tf.Tensor; weights: tf.Tensor } {
  const [b, h, t, width] = q.shape as [number, number, number, number];
  const [, groups, s] = k.shape as [number, number, number];
  const stacked = [b, groups, (h / groups) * t, width]; // (B, H', H / H' * T, K)
  const scores = compute.leave(compute.batchMatMul(compute.reshape(q, stacked), k, false, true));
  const perHead = tf.reshape(scores, [b, h, t, s]);
  const p = compute.enter(tf.softmax(mask === undefined ? perHead : tf.add(perHead, mask))); // (B, H, T, S)
  const weights = compute.reshape(p, [b, groups, (h / groups) * t, s]);
  return { output: compute.reshape(compute.batchMatMul(weights, v), q.shape), weights };
}

/** The gradients of q (its scale included), k and v, in the compute type. `saved`: q, k, v, weights, output of the forward pass. */
export function attentionGradient(
  compute: Compute,
  dy: tf.Tensor,
  saved: tf.Tensor[],
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const [q, k, v, p, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const [b, groups, rows] = p.shape as [number, number, number];
  const stacked = [b, groups, rows, lastOf(q)];
  const g = compute.reshape(dy, stacked);
  const dv = compute.batchMatMul(p, g, true, false); // (B, H', S, K)
  const dp = compute.batchMatMul(g, v, false, true); // (B, H', H / H' * T, S)
  const pull = compute.enter(tf.sum(compute.leave(compute.mul(g, compute.reshape(y, stacked))), -1, true));
  const ds = compute.mul(p, compute.sub(dp, pull));
  const dq = compute.reshape(compute.batchMatMul(ds, k), q.shape); // (B, H, T, K)
  const dk = compute.batchMatMul(ds, compute.reshape(q, stacked), true, false); // (B, H', S, K)
  return [dq, dk, dv];
}

const lastOf = (x: tf.Tensor) => x.shape[x.rank - 1] as number;
