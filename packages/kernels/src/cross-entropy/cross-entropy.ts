import { isNative, tf } from '@moslora/runtime';
import { DT, execute, typeAttribute } from '../execution/native-op';
import { customOp } from '../custom-op';

/**
 * Σ over rows of -log softmax(logits)[target]: logits (n, V), targets (n) int32 in [0, V) -> scalar. The SUM, so that accumulated
 * batches can be divided by all label tokens at once. The gradient, softmax - one-hot, is made in the forward pass and saved.
 */
export function crossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
  return customOp([logits], (save) => {
    const { loss, slope } = lossAndSlope(logits, targets);
    save([slope]);
    return { value: tf.sum(loss), gradient: (dy, saved) => [tf.mul(saved[0] as tf.Tensor, dy)] };
  });
}

/** Per row -log softmax(logits)[target] (n), and its gradient for the logits (n, V). */
export function lossAndSlope(logits: tf.Tensor2D, targets: tf.Tensor1D): { loss: tf.Tensor1D; slope: tf.Tensor2D } {
  if (isNative()) {
    const attributes = [typeAttribute('T', DT.float32), typeAttribute('Tlabels', DT.int32)];
    const [loss, slope] = execute('SparseSoftmaxCrossEntropyWithLogits', attributes, [logits, targets], 2);
    return { loss: loss as tf.Tensor1D, slope: slope as tf.Tensor2D };
  }
  const hot = tf.cast(tf.oneHot(targets, logits.shape[1]), 'float32'); // (n, V)
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const exponentials = tf.exp(shifted);
  const total = tf.sum(exponentials, 1, true); // (n, 1)
  const loss = tf.sub(tf.log(tf.squeeze(total, [1])), tf.sum(tf.mul(shifted, hot), 1)) as tf.Tensor1D;
  return { loss, slope: tf.sub(tf.div(exponentials, total), hot) as tf.Tensor2D };
}
