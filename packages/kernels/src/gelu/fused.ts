import type { tf } from '@moslora/runtime';
import { customOp, toSave } from '../custom-op';
import { currentCompute } from '../execution/compute';
import { runKernel, typeOf, working } from '../execution/kernel-op';

/** The number of each variant in `native/gelu.cc`. */
const variants = { erf: 0, quick: 1, tanh: 2 } as const;

/** A GELU as one op of ours, in the type of the products; it saves x. */
export function fusedGelu(x: tf.Tensor, variant: keyof typeof variants): tf.Tensor {
  return customOp([x], (save) => {
    const compute = currentCompute();
    const type = typeOf(compute);
    const attributes = { T: { type }, form: variants[variant] };
    const entered = toSave(compute, x);
    save([entered]);
    return {
      value: runKernel('MosloraGelu', attributes, [working(entered, type)], 1)[0] as tf.Tensor,
      gradient: (dy, saved) =>
        runKernel(
          'MosloraGeluGradient',
          attributes,
          [dy, ...saved].map((tensor) => working(tensor, type)),
          1,
        ),
    };
  });
}
