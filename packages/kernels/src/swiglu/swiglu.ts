import { tf } from '@moslora/runtime';
import { customOp } from '../custom-op';

/**
 * silu(gate) up with silu(z) = z σ(z) (Shazeer 2020), elementwise. With g = ∂L/∂y, s = σ(gate), a = gate s:
 * ∂up = g a, ∂gate = g up (s + a (1 - s)). It saves gate and up, and computes σ again.
 */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return customOp([gate, up], (save) => {
    save([gate, up]);
    return {
      value: tf.mul(tf.mul(gate, tf.sigmoid(gate)), up),
      gradient: (dy, saved) => {
        const [z, u] = saved as [tf.Tensor, tf.Tensor];
        const s = tf.sigmoid(z);
        const a = tf.mul(z, s);
        const slope = tf.add(s, tf.sub(a, tf.mul(a, s)));
        return [tf.mul(tf.mul(dy, u), slope), tf.mul(dy, a)];
      },
    };
  });
}

/** silu(z) = z σ(z), elementwise. */
export function silu(z: tf.Tensor): tf.Tensor {
  return customOp([z], (save) => {
    save([z]);
    return {
      value: tf.mul(z, tf.sigmoid(z)),
      gradient: (dy, saved) => {
        const x = saved[0] as tf.Tensor;
        const s = tf.sigmoid(x);
        return [tf.mul(dy, tf.add(s, tf.mul(tf.mul(x, s), tf.sub(1, s))))];
      },
    };
  });
}
