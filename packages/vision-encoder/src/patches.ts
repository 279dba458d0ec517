import { matMul } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

/**
 * Cuts pictures into patches, row by row: (B, 3, S, S) → (B*N, 3*P*P) with N = floor(S/P)^2, each patch laid out as (3, P, P), so that
 * the published convolution weight is a plain matrix. What is left on the right and at the bottom where P does not divide S is not
 * seen, as by a convolution without padding.
 */
export function patchRows(pixels: tf.Tensor4D, patchSize: number): tf.Tensor2D {
  const [batch, channels, side] = pixels.shape;
  const grid = Math.floor(side / patchSize);
  const seen = grid * patchSize;
  const whole = seen === side ? pixels : tf.slice(pixels, [0, 0, 0, 0], [-1, -1, seen, seen]);
  const cut = tf.reshape(whole, [batch, channels, grid, patchSize, grid, patchSize]); // (B, 3, S/P, P, S/P, P)
  return tf.reshape(tf.transpose(cut, [0, 2, 4, 1, 3, 5]), [batch * grid * grid, channels * patchSize * patchSize]);
}

/** Patch embedding: rows (B*N, 3*P*P) times weight (D, 3, P, P) transposed, plus bias (D) → (B*N, D) */
export function embedPatches(rows: tf.Tensor2D, weight: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor2D {
  const flat = tf.reshape(weight, [weight.shape[0]!, rows.shape[1]]) as tf.Tensor2D;
  const embedded = matMul(rows, flat, { transposeB: true }) as tf.Tensor2D;
  return bias ? (tf.add(embedded, bias) as tf.Tensor2D) : embedded;
}
