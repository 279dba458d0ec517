import type { tf } from '@moslora/runtime';
import { customOp } from '../custom-op';
import { DT } from '../execution/binding';
import { full, heldType, runKernel, working } from '../execution/kernel-op';
import { normType, type NormOptions } from '../rms-norm/norm-options';

/** layerNorm as one op of ours. */
export function fusedLayerNorm(
  x: tf.Tensor,
  weight: tf.Tensor1D,
  bias: tf.Tensor1D,
  eps: number,
  options: NormOptions,
): tf.Tensor {
  const learns = options.weightGradient === true;
  return customOp(learns ? [x, weight, bias] : [x], (save) => {
    const held = heldType(x);
    const type = normType(options);
    const [y, mean, r] = runKernel(
      'MosloraLayerNorm',
      { T: { type: held }, Y: { type }, low: type === DT.bfloat16, eps: { float: eps } },
      [working(x, held), full(weight), full(bias)],
      3,
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
    save(learns ? [x, mean, r, weight] : [x, mean, r]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, mean, r, w = weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor?];
        const arriving = heldType(dy);
        return runKernel(
          'MosloraLayerNormGradient',
          { G: { type: arriving }, T: { type: held }, W: learns ? 2 : 0 },
          [working(dy, arriving), working(x, held), ...[w, mean, r].map((tensor) => full(tensor))],
          learns ? 3 : 1,
        );
      },
    };
  });
}
