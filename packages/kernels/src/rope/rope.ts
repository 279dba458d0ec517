import { tf } from '@moslora/runtime';
import { customOp } from '../custom-op';

/**
 * Rotary positions in Hugging Face's LLaMA layout (Su et al. 2021; the halves of a head rotate against each other):
 * y = x cos + [-x₂, x₁] sin. x (B, H, T, K); cos and sin (T, K), or (B, 1, T, K) where samples differ in their positions, each
 * table holding its K / 2 columns twice. Linear in x, and its gradient is the rotation back: nothing of x is saved.
 */
export function rope(x: tf.Tensor4D, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor4D {
  return customOp([x], (save) => {
    save([cos, sin]);
    return {
      value: rotate(x, cos, sin, 1),
      gradient: (dy, [c, s]) => [rotate(dy, c as tf.Tensor, s as tf.Tensor, -1)],
    };
  });
}

function rotate(x: tf.Tensor4D, cos: tf.Tensor, sin: tf.Tensor, direction: 1 | -1): tf.Tensor4D {
  const half = (x.shape[3] as number) / 2;
  const [c, s] = [cos, sin].map((table) => tf.slice(table, 0, [...table.shape.slice(0, -1), half])) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const [first, second] = tf.split(x, 2, 3) as [tf.Tensor, tf.Tensor]; // (B, H, T, K / 2)
  const [fs, ss] = [tf.mul(first, s), tf.mul(second, s)];
  const [fc, sc] = [tf.mul(first, c), tf.mul(second, c)];
  const halves = direction === 1 ? [tf.sub(fc, ss), tf.add(sc, fs)] : [tf.add(fc, ss), tf.sub(sc, fs)];
  return tf.concat(halves, 3) as tf.Tensor4D;
}
