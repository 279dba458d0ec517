import { tf } from '@moslora/runtime';

/** y = x Wᵀ + b in plain tfjs: the oracle of the tests. x (..., in), W (out, in), b (out). */
export function linearReference(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const rows = tf.reshape(x, [-1, weight.shape[1]]);
  const y = tf.matMul(rows, weight, false, true);
  return tf.reshape(bias === undefined ? y : tf.add(y, bias), [...x.shape.slice(0, -1), weight.shape[0]]);
}
