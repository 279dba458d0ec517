import { tf } from '@moslora/runtime';
import { asRows, customOp, isTrainable, lastSize } from '../custom-op';
import { DT } from '../execution/binding';
import { currentCompute } from '../execution/compute';
import { full, heldType, runKernel, typeOf, working } from '../execution/kernel-op';
import { hasKernel } from '../native/kernels-addon';
import { meanSquare } from './mean-square';

export interface NormOptions {
  /** Whether weight (and bias) get gradients; default: when they are variables. */
  weightGradient?: boolean;
}

/**
 * y = x r w with r = 1 / sqrt(mean(x²) + eps) over the last axis (Zhang and Sennrich 2019, as LLaMA uses it): x (..., D), w (D).
 * With g = ∂L/∂y: ∂x = r (g w) - x r³ mean(g w x), ∂w = Σ g x r. It saves x and r. Where our op runs, y is in the type of the products and
 * ∂x in x's own. Throws an error naming the op and the shapes where w is not as long as x's last axis.
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor1D, eps: number, options: NormOptions = {}): tf.Tensor {
  const { weightGradient = isTrainable(weight) } = options;
  return (hasKernel('MosloraRmsNorm') ? fused : plain)(x, weight, eps, weightGradient);
}

function fused(x: tf.Tensor, weight: tf.Tensor1D, eps: number, weightGradient: boolean): tf.Tensor {
  return customOp(weightGradient ? [x, weight] : [x], (save) => {
    const held = heldType(x);
    const type = typeOf(currentCompute());
    const [y, r] = runKernel(
      'MosloraRmsNorm',
      { T: { type: held }, Y: { type }, low: type === DT.bfloat16, eps: { float: eps } },
      [working(x, held), full(weight)],
      2,
    ) as [tf.Tensor, tf.Tensor];
    save([x, r]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, r] = saved as [tf.Tensor, tf.Tensor];
        const arriving = heldType(dy);
        return runKernel(
          'MosloraRmsNormGradient',
          { G: { type: arriving }, T: { type: held }, W: weightGradient ? 1 : 0 },
          [working(dy, arriving), working(x, held), full(weight), full(r)],
          weightGradient ? 2 : 1,
        );
      },
    };
  });
}

function plain(x: tf.Tensor, weight: tf.Tensor1D, eps: number, weightGradient: boolean): tf.Tensor {
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
