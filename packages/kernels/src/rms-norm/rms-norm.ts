import { tf } from '@moslora/runtime';
import { asRows, customOp, isTrainable, lastSize } from '../custom-op';
import { meanSquare } from './mean-square';

export interface NormOptions {
  /** Whether weight (and bias) get gradients; default: when they are variables. */
  weightGradient?: boolean;
}

/**
 * y = x r w with r = 1 / sqrt(mean(x²) + eps) over the last axis (Zhang and Sennrich 2019, as LLaMA uses it): x (..., D), w (D).
 * With g = ∂L/∂y: ∂x = r (g w) - x r³ mean(g w x), ∂w = Σ g x r. It saves x and r.
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor1D, eps: number, options: NormOptions = {}): tf.Tensor {
  const { weightGradient = isTrainable(weight) } = options;
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
