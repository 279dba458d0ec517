import { tf } from '@moslora/runtime';

/** x / sqrt(mean(x²) + eps) * weight over the last axis, in plain tfjs: the oracle of the tests. */
export function rmsNormReference(x: tf.Tensor, weight: tf.Tensor1D, eps: number): tf.Tensor {
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps))), weight);
}
