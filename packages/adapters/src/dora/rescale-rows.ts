import { customOp } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

/**
 * y = z · m / n: z (..., out), the magnitudes m (out) and the norms n (out), which are held constant as in the paper (section 4.3):
 * ∂z = g · m / n, ∂m = Σ g · z / n over all rows. `norms` is called off the tape.
 */
export function rescaleRows(z: tf.Tensor, magnitude: tf.Tensor1D, norms: () => tf.Tensor1D): tf.Tensor {
  return customOp([z, magnitude], (save) => {
    const n = norms();
    const factor = tf.div(magnitude, n); // (out)
    save([z, n, factor]);
    return {
      value: tf.mul(z, factor),
      gradient: (g, [z, n, factor]) => {
        const rows = tf.reshape(tf.mul(g, z as tf.Tensor), [-1, magnitude.size]); // (N, out)
        return [tf.mul(g, factor as tf.Tensor), tf.div(tf.sum(rows, 0), n as tf.Tensor)];
      },
    };
  });
}
