import { tf } from '@moslora/runtime';
import { currentCompute, type Compute } from '../execution/compute';
import { asRows, customOp } from '../custom-op';
import type { FrozenOperand } from '../frozen-matrix/frozen-matrix';

/**
 * y = x Wᵀ + b with W (out, in) and b (out) frozen: x (..., in) -> (..., out). Only x gets a gradient, and x alone costs memory
 * nothing: nothing is saved.
 */
export function frozenLinear(x: tf.Tensor, weight: FrozenOperand, bias?: tf.Tensor1D): tf.Tensor {
  return customOp([x], () => {
    const compute = currentCompute();
    const y = weight.lend(compute, (w) => compute.leave(compute.matMul(compute.enter(asRows(x)), w, false, true)));
    return {
      value: withShape(bias === undefined ? y : tf.add(y, bias), x.shape, weight.shape[0]),
      gradient: (dy) => {
        const dx = weight.lend(compute, (w) => compute.leave(compute.matMul(compute.enter(asRows(dy)), w)));
        return [withShape(dx, x.shape, weight.shape[1])];
      },
    };
  });
}

/** y = x Wᵀ + b with W (out, in) and b (out) learning: x (..., in) -> (..., out). Gradients reach x, W and b. */
export function trainableLinear(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  return customOp(bias === undefined ? [x, weight] : [x, weight, bias], (save) => {
    const compute = currentCompute();
    const [rows, w] = [compute.enter(asRows(x)), compute.enter(weight)];
    save([rows, w]);
    const y = compute.leave(compute.matMul(rows, w, false, true)); // (N, out)
    return {
      value: withShape(bias === undefined ? y : tf.add(y, bias), x.shape, weight.shape[0]),
      gradient: (dy, saved) => trainableGradient(compute, dy, saved, x.shape, bias !== undefined),
    };
  });
}

function trainableGradient(compute: Compute, dy: tf.Tensor, saved: tf.Tensor[], inputShape: number[], biased: boolean) {
  const [rows, w] = saved as [tf.Tensor2D, tf.Tensor2D];
  const dyRows = asRows(dy); // (N, out)
  const g = compute.enter(dyRows);
  const dx = compute.leave(compute.matMul(g, w)); // (N, in)
  const dw = compute.leave(compute.matMul(g, rows, true, false)); // (out, in)
  const gradients = [withShape(dx, inputShape, w.shape[1]), dw];
  return biased ? [...gradients, tf.sum(dyRows, 0)] : gradients;
}

/** rows (N, width) in the leading shape of `shape`. */
export function withShape(rows: tf.Tensor, shape: readonly number[], width: number): tf.Tensor {
  return shape.length === 2 ? rows : tf.reshape(rows, [...shape.slice(0, -1), width]);
}
