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
  const similarity = cosineLogits(a, b, logScale); // (B, B)
  const both = tf.add(crossEntropy(similarity, targets), crossEntropy(tf.transpose(similarity), targets));
  return tf.div(both, 2 * pairs) as tf.Scalar;
}

/**
 * Which of U phrases each of R regions shows: with s = exp(logScale) normalise(regions) normalise(phrases)ᵀ, the mean over the regions of
 * the cross-entropy of their row with `targets` (R). One direction only, since many regions may show the same. Gives a scalar.
 */
export function phraseLoss(
  regions: tf.Tensor2D,
  phrases: tf.Tensor2D,
  targets: tf.Tensor1D,
  logScale: tf.Scalar,
): tf.Scalar {
  return tf.div(crossEntropy(cosineLogits(regions, phrases, logScale), targets), regions.shape[0]) as tf.Scalar;
}

/** a (n, D), b (m, D) → exp(logScale) times their cosines (n, m) */
function cosineLogits(a: tf.Tensor2D, b: tf.Tensor2D, logScale: tf.Scalar): tf.Tensor2D {
  return tf.mul(matMul(l2Normalize(a), l2Normalize(b), { transposeB: true }), tf.exp(logScale));
}
