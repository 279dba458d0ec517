import type { tf } from '@moslora/runtime';
import { customOp, lastSize, toSave } from '../custom-op';
import { currentCompute } from '../execution/compute';
import { heldType, runKernel, typeOf, working } from '../execution/kernel-op';
import { madeAgain } from '../made-again';

/** swiglu of [gate, up] or of [gate | up] as one op of ours; the gradients come in the layout of the inputs. */
export function fusedSwiglu(inputs: readonly tf.Tensor[]): tf.Tensor {
  const [first] = inputs as [tf.Tensor];
  const shape = [...first.shape.slice(0, -1), (lastSize(first) * inputs.length) / 2];
  const compute = currentCompute();
  const type = typeOf(compute);
  const attributes = { T: { type }, P: inputs.length };
  const gated = (from: readonly tf.Tensor[]): tf.Tensor =>
    runKernel(
      'MosloraSwiglu',
      attributes,
      from.map((x) => working(x, type)),
      [{ shape, type }],
    )[0] as tf.Tensor;
  const value = customOp(inputs, (save) => {
    const entered = inputs.map((x) => toSave(compute, x));
    save(entered);
    return {
      value: gated(entered),
      gradient: (dy, saved) =>
        runKernel(
          'MosloraSwigluGradient',
          attributes,
          [dy, ...saved].map((x) => working(x, type)),
          inputs.length,
        ),
    };
  });
  // Others would be rounded first, and both forms kept.
  const asSaved = inputs.every((x) => heldType(x) === type);
  return asSaved ? madeAgain(value, { from: inputs, make: gated }) : value;
}
