import { tf } from '@moslora/runtime';
import type { Compute } from '../execution/compute';

/**
 * Attention with the scale already in k: q (B, H, T, K), k and v (B, H', S, K) -> output (B, H, T, K) and what its gradient needs.
 * Queries that share a key head are stacked along T.
 */
export function attentionForward(
  compute: Compute,
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  mask: tf.Tensor | undefined,
): { output: tf.Tensor; saved: tf.Tensor[] } {
  const [b, h, t, width] = q.shape as [number, number, number, number];
  const [, groups, s] = k.shape as [number, number, number];
  const rows = (h / groups) * t;
  const stacked = compute.reshape(q, [b, groups, rows, width]); // (B, H', H / H' T, K)
  const scores = compute.reshape(compute.batchMatMul(stacked, k, false, true), [b, h, t, s]);
  const weights = tf.softmax(mask === undefined ? scores : tf.add(scores, mask)); // (B, H, T, S)
  const p = compute.reshape(weights, [b, groups, rows, s]);
  const y = compute.batchMatMul(p, v); // (B, H', H / H' T, K)
  return { output: compute.reshape(y, q.shape), saved: [stacked, compute.enter(k), compute.enter(v), p, y] };
}

/**
 * The gradients of q, k (its scale included) and v. With g = ∂L/∂y: ∂v = pᵀg, ∂s = p (g vᵀ - Σ g y), ∂q = ∂s k, ∂k = ∂sᵀ q. The row
 * sums are taken off inside the product [g, -Σ g y] [v, 1]ᵀ, so that no pass over (T, S) is spent on them.
 */
export function attentionGradient(
  compute: Compute,
  dy: tf.Tensor,
  saved: tf.Tensor[],
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const [q, k, v, p, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const g = compute.reshape(dy, q.shape); // (B, H', H / H' T, K)
  const dv = compute.batchMatMul(p, g, true, false); // (B, H', S, K)
  const pull = tf.neg(tf.sum(tf.mul(g, y), -1, true)); // (B, H', H / H' T, 1)
  const ones = tf.ones([...v.shape.slice(0, -1), 1]);
  const dp = compute.batchMatMul(compute.concat([g, pull], 3), compute.concat([v, ones], 3), false, true);
  const ds = compute.mul(p, dp); // (B, H', H / H' T, S)
  const dq = compute.reshape(compute.batchMatMul(ds, k), dy.shape); // (B, H, T, K)
  return [dq, compute.batchMatMul(ds, q, true, false), dv];
}
