import { crossEntropy, matMul } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

/** x / |x| along the last axis; rows of zeros stay zero. */
export function l2Normalize<T extends tf.Tensor>(x: T): T {
  return tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), -1, true), 1e-12))) as T;
}

/**
 * CLIP's loss (Radford et al. 2021): with s = exp(logScale) normalise(a) normalise(b)ᵀ, the mean over the B pairs of the
 * cross-entropies of s and of sᵀ with the diagonal as targets, halved. a, b (B, D); logScale a scalar; gives a scalar.
 */
export function contrastiveLoss(a: tf.Tensor2D, b: tf.Tensor2D, logScale: tf.Scalar): tf.Scalar {
  const pairs = a.shape[0];
  const targets = tf.range(0, pairs, 1, 'int32');
  const similarity = tf.mul(
    matMul(l2Normalize(a), l2Normalize(b), { transposeB: true }),
    tf.exp(logScale),
  ) as tf.Tensor2D; // (B, B)
  const both = tf.add(crossEntropy(similarity, targets), crossEntropy(tf.transpose(similarity), targets));
  return tf.div(both, 2 * pairs) as tf.Scalar;
}
