import { tf } from '@moslora/runtime';
import { customOp } from '../custom-op';
import { hasKernel } from '../native/kernels-addon';
import { fusedGelu } from './fused';

const INVERSE_SQRT_TAU = 1 / Math.sqrt(2 * Math.PI);

/**
 * x Φ(x) with the exact normal distribution Φ(x) = (1 + erf(x / √2)) / 2 (Hendrycks and Gimpel 2016), elementwise.
 * ∂x = g (Φ(x) + x φ(x)), φ(x) = exp(-x² / 2) / √(2π). It saves x.
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  if (hasKernel('MosloraGelu')) return fusedGelu(x, 'erf');
  return customOp([x], (save) => {
    save([x]);
    return {
      value: tf.mul(x, normalDistribution(x)),
      gradient: (dy, saved) => {
        const z = saved[0] as tf.Tensor;
        const density = tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), INVERSE_SQRT_TAU);
        return [tf.mul(dy, tf.add(normalDistribution(z), tf.mul(z, density)))];
      },
    };
  });
}

const normalDistribution = (x: tf.Tensor) => tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5);

/** x σ(1.702 x), CLIP's activation, elementwise. ∂x = g s (1 + 1.702 x (1 - s)) with s = σ(1.702 x). It saves x. */
export function quickGelu(x: tf.Tensor): tf.Tensor {
  if (hasKernel('MosloraGelu')) return fusedGelu(x, 'quick');
  return customOp([x], (save) => {
    save([x]);
    return {
      value: tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))),
      gradient: (dy, saved) => {
        const z = tf.mul(saved[0] as tf.Tensor, 1.702);
        const s = tf.sigmoid(z);
        return [tf.mul(dy, tf.mul(s, tf.add(1, tf.mul(z, tf.sub(1, s)))))];
      },
    };
  });
}

/** x (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2, the approximation that SigLIP uses, elementwise. Our op saves x. */
export function tanhGelu(x: tf.Tensor): tf.Tensor {
  if (hasKernel('MosloraGelu')) return fusedGelu(x, 'tanh');
  const cubic = tf.mul(tf.add(tf.mul(tf.square(x), 0.044715), 1), x);
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1));
}
