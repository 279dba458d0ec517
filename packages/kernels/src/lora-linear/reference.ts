import { tf } from '@moslora/runtime';

/** y = x Wᵀ + s ((x Aᵀ) Mᵀ) Bᵀ in plain tfjs: the oracle of the tests. `mask` (N, in) holds 0 or 1 / (1 - p). */
export function loraLinearReference(
  x: tf.Tensor,
  weight: tf.Tensor2D,
  factors: { a: tf.Tensor2D; b: tf.Tensor2D; mixer?: tf.Tensor2D; scale: number },
  mask?: tf.Tensor2D,
): tf.Tensor {
  const rows = tf.reshape(x, [-1, weight.shape[1]]) as tf.Tensor2D;
  const u = tf.matMul(mask === undefined ? rows : tf.mul(rows, mask), factors.a, false, true);
  const v = factors.mixer === undefined ? u : tf.matMul(u, factors.mixer, false, true);
  const y = tf.add(tf.matMul(rows, weight, false, true), tf.mul(tf.matMul(v, factors.b, false, true), factors.scale));
  return tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[0]]);
}
