import { tf } from '@moslora/runtime';
import { asRows, customOp, isTrainable } from '../custom-op';
import { hasKernel } from '../native/kernels-addon';
import type { NormOptions } from '../rms-norm/rms-norm';
import { fusedLayerNorm } from './fused';

/**
 * y = n w + b with n = (x - mean) / sqrt(variance + eps) over the last axis (Ba et al. 2016; variance without Bessel's
 * correction): x (..., D), w and b (D). With h = w ∂L/∂y: ∂x = r (h - mean(h) - n mean(h n)), r = 1 / sqrt(…). Our op saves x, mean and r,
 * gives y in the type of the products and ∂x in x's own; without it n and r are saved. Throws an error naming the op and the shapes where
 * w or b are not as long as x's last axis.
 */
export function layerNorm(
  x: tf.Tensor,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  eps: number,
  options: NormOptions = {},
): tf.Tensor {
  const { weightGradient = isTrainable(weight) } = options;
  if (hasKernel('MosloraLayerNorm')) return fusedLayerNorm(x, weight, bias, eps, { ...options, weightGradient });
  return customOp(weightGradient ? [x, weight, bias] : [x], (save) => {
    const rows = asRows(x); // (N, D)
    const centred = tf.sub(rows, tf.mean(rows, 1, true));
    const r = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), eps)); // (N, 1)
    const n = tf.mul(centred, r);
    save(weightGradient ? [n, r, weight] : [n, r]);
    return {
      value: tf.reshape(tf.add(tf.mul(n, weight), bias), x.shape),
      gradient: (dy, saved) => {
        const [n, r, w = weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor?];
        const g = asRows(dy);
        const h = tf.mul(g, w);
        const pulled = tf.sub(tf.sub(h, tf.mean(h, 1, true)), tf.mul(n, tf.mean(tf.mul(h, n), 1, true)));
        const dx = tf.reshape(tf.mul(pulled, r), x.shape);
        return weightGradient ? [dx, tf.sum(tf.mul(g, n), 0), tf.sum(g, 0)] : [dx];
      },
    };
  });
}
