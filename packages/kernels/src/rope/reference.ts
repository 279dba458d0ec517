import { tf } from '@moslora/runtime';

/** x cos + rotateHalf(x) sin, rotateHalf(x) = [-x₂, x₁], in plain tfjs: the oracle of the tests. x (B, H, T, K), tables (..., T, K). */
export function ropeReference(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.add(tf.mul(x, cos), tf.mul(tf.concat([tf.neg(second), first], -1), sin));
}
