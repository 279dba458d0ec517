import { tf } from '@moslora/runtime';

/** x Φ(x) with Φ(x) = (1 + erf(x / √2)) / 2, in plain tfjs: the oracle of the tests. */
export function geluReference(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** x σ(1.702 x) in plain tfjs: the oracle of the tests. */
export function quickGeluReference(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
}

/** x (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2 in plain tfjs: the oracle of the tests. */
export function tanhGeluReference(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(tf.add(x, tf.mul(tf.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}
