import type { tf } from '@moslora/runtime';
import { customOp, lastSize, toSave } from '../custom-op';
import { currentCompute } from '../execution/compute';
import { runKernel, typeOf, working } from '../execution/kernel-op';

/** swiglu of [gate, up] or of [gate | up] as one op of ours; the gradients come in the layout of the inputs. */
export function fusedSwiglu(inputs: readonly tf.Tensor[]): tf.Tensor {
  const [first] = inputs as [tf.Tensor];
  const shape = [...first.shape.slice(0, -1), (lastSize(first) * inputs.length) / 2];
  return customOp(inputs, (save) => {
    const compute = currentCompute();
    const type = typeOf(compute);
    const attributes = { T: { type }, P: inputs.length };
    const entered = inputs.map((x) => toSave(compute, x));
    save(entered);
    const [value] = runKernel(
      'MosloraSwiglu',
      attributes,
      entered.map((x) => working(x, type)),
      [{ shape, type }],
    );
    return {
      value: value as tf.Tensor,
      gradient: (dy, saved) =>
        runKernel(
          'MosloraSwigluGradient',
          attributes,
          [dy, ...saved].map((x) => working(x, type)),
          inputs.length,
        ),
    };
  });
}
