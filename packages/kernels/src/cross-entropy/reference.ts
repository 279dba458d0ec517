import { tf } from '@moslora/runtime';

/** Σ over rows of -log softmax(logits)[target] in plain tfjs: the oracle of the tests. */
export function crossEntropyReference(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
  const hot = tf.cast(tf.oneHot(targets, logits.shape[1]), 'float32');
  return tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), hot)));
}
