import { tf } from '@moslora/runtime';
import { asRows, customOp, isTrainable, lastSize } from '../custom-op';
import { hasKernel } from '../native/kernels-addon';
import { fusedRmsNorm } from './fused';
import { meanSquare } from './mean-square';
import type { NormOptions } from './norm-options';

export type { NormOptions } from './norm-options';

/**
 * y = x r w with r = 1 / sqrt(mean(x²) + eps) over the last axis (Zhang and Sennrich 2019, as LLaMA uses it): x (..., D), w (D).
 * With g = ∂L/∂y: ∂x = r (g w) - x r³ mean(g w x), ∂w = Σ g x r. It saves x and r. Where our op runs, y is in the type of the products and
 * ∂x in x's own. Throws an error naming the op and the shapes where w is not as long as x's last axis.
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor1D, eps: number, options: NormOptions = {}): tf.Tensor {
  const { weightGradient = isTrainable(weight) } = options;
  if (hasKernel('MosloraRmsNorm')) return fusedRmsNorm(x, weight, eps, { ...options, weightGradient });
  return customOp(weightGradient ? [x, weight] : [x], (save) => {
    const rows = asRows(x); // (N, D)
    const r = tf.rsqrt(tf.add(meanSquare(rows), eps)); // (N, 1)
    save(weightGradient ? [rows, r, weight] : [rows, r]);
    return {
      value: tf.reshape(tf.mul(tf.mul(rows, r), weight), x.shape),
      gradient: (dy, saved) => {
        const [rows, r, w = weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor?];
        const g = asRows(dy);
        const gw = tf.mul(g, w);
        const coefficient = tf.mul(tf.sum(tf.mul(gw, rows), 1, true), tf.div(tf.pow(r, 3), lastSize(rows))); // (N, 1)
        const dx = tf.reshape(tf.sub(tf.mul(gw, r), tf.mul(rows, coefficient)), x.shape);
        return weightGradient ? [dx, tf.sum(tf.mul(g, tf.mul(rows, r)), 0)] : [dx];
      },
    };
  });
}
