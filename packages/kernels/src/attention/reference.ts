import { tf } from '@moslora/runtime';

/** softmax(scale q kᵀ + mask) v with k and v repeated for the heads that share them, in plain tfjs: the oracle of the tests. */
export function attentionReference(
  q: tf.Tensor4D,
  k: tf.Tensor4D,
  v: tf.Tensor4D,
  scale: number,
  mask?: tf.Tensor4D,
): tf.Tensor4D {
  const [keys, values] = [k, v].map((x) => repeatHeads(x, q.shape[1] / x.shape[1])) as [tf.Tensor, tf.Tensor];
  const scores = tf.mul(tf.matMul(q, keys, false, true), scale); // (B, H, T, S)
  return tf.matMul(tf.softmax(mask === undefined ? scores : tf.add(scores, mask), -1), values) as tf.Tensor4D;
}

function repeatHeads(x: tf.Tensor4D, times: number): tf.Tensor {
  const [b, heads, keys, width] = x.shape;
  const repeated = tf.tile(tf.reshape(x, [b * heads, 1, keys * width]), [1, times, 1]);
  return tf.reshape(repeated, [b, heads * times, keys, width]);
}
