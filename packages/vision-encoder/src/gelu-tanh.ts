import { tf } from '@moslora/runtime';

/** `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, the approximation SigLIP is trained with. */
export function geluTanh(x: tf.Tensor2D): tf.Tensor2D {
  const cubic = tf.mul(tf.add(tf.mul(tf.square(x), 0.044715), 1), x);
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1));
}
