import { tf } from '@moslora/runtime';

/** (x - mean) / sqrt(variance + eps) * weight + bias over the last axis, in plain tfjs: the oracle of the tests. */
export function layerNormReference(x: tf.Tensor, weight: tf.Tensor1D, bias: tf.Tensor1D, eps: number): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, eps))), weight), bias);
}
