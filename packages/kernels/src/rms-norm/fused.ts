import type { tf } from '@moslora/runtime';
import { customOp, lastSize } from '../custom-op';
import { DT } from '../execution/binding';
import { full, heldType, runKernel, working } from '../execution/kernel-op';
import { madeAgain } from '../made-again';
import { normType, type NormOptions } from './norm-options';

/** rmsNorm as one op of ours. */
export function fusedRmsNorm(x: tf.Tensor, weight: tf.Tensor1D, eps: number, options: NormOptions): tf.Tensor {
  const learns = options.weightGradient === true;
  const held = heldType(x);
  const type = normType(options);
  const normed = (of: tf.Tensor) =>
    runKernel(
      'MosloraRmsNorm',
      { T: { type: held }, Y: { type }, low: type === DT.bfloat16, eps: { float: eps } },
      [working(of, held), full(weight)],
      [
        { shape: x.shape, type },
        { shape: [x.size / lastSize(x)], type: DT.float32 },
      ],
    ) as [tf.Tensor, tf.Tensor];
  const value = customOp(learns ? [x, weight] : [x], (save) => {
    const [y, r] = normed(x);
    save(learns ? [x, r, weight] : [x, r]);
    return {
      value: y,
      gradient: (dy, saved) => {
        const [x, r, w = weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor?];
        const arriving = heldType(dy);
        return runKernel(
          'MosloraRmsNormGradient',
          { G: { type: arriving }, T: { type: held }, W: learns ? 1 : 0 },
          [working(dy, arriving), working(x, held), full(w), full(r)],
          learns ? 2 : 1,
        );
      },
    };
  });
  return madeAgain(value, { from: [x], make: ([again]) => normed(again!)[0] });
}
