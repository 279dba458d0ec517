import { frozenLinear } from '@moslora/kernels';
import type { FrozenBase } from '@moslora/nn';
import { tf } from '@moslora/runtime';

/** ‖Wᵢ‖² of each row of a weight (out, in): (out). */
export function rowSquares(weight: tf.Tensor2D): tf.Tensor1D {
  return tf.tidy(() => tf.sum(tf.square(weight), 1));
}

/**
 * ‖(W + s B D)ᵢ‖ of each row, with W (out, in) frozen, B (out, R) and D = M A (R, in): (out). It is
 * √(‖Wᵢ‖² + 2 s (W Dᵀ)ᵢ·Bᵢ + s² Bᵢ (D Dᵀ) Bᵢᵀ), so that no second matrix of W's size is made: W goes through one product with R rows.
 */
export function updatedRowNorms(
  base: FrozenBase,
  squares: tf.Tensor1D,
  { b, down, scale }: { b: tf.Tensor2D; down: tf.Tensor2D; scale: number },
): tf.Tensor1D {
  return tf.tidy(() => {
    const along = tf.transpose(frozenLinear(down, base.operand)); // W Dᵀ (out, R)
    const within = tf.matMul(b, tf.matMul(down, down, false, true)); // B D Dᵀ (out, R)
    const added = tf.sum(tf.mul(tf.add(tf.mul(along, 2 * scale), tf.mul(within, scale * scale)), b), 1);
    return tf.sqrt(tf.relu(tf.add(squares, added))) as tf.Tensor1D;
  });
}
