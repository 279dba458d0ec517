import { tf } from '@moslora/runtime';

/** silu(gate) * up in plain tfjs: the oracle of the tests. */
export function swigluReference(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}
