import { tf } from '@moslora/runtime';
import { currentCompute, type Compute } from '../execution/compute';
import { asRows, customOp, lastSize } from '../custom-op';
import { hasKernel } from '../native/kernels-addon';
import { fusedProjections } from '../projections/projections';
import { columnSums, fusedMatMul } from '../mat-mul/fused-mat-mul';
import type { FrozenOperand } from '../frozen-matrix/frozen-matrix';

/**
 * y = x Wᵀ + b with W (out, in) and b (out) frozen: x (..., in) -> (..., out). Only x gets a gradient, and x alone costs memory
 * nothing: nothing is saved.
 */
export function frozenLinear(x: tf.Tensor, weight: FrozenOperand, bias?: tf.Tensor1D): tf.Tensor {
  const [outputs, inputs] = weight.shape;
  if (hasKernel('MosloraProjections'))
    return withShape(fusedProjections(asRows(x), [{ weight, bias }]), x.shape, outputs);
  return customOp([x], () => {
    const compute = currentCompute();
    const y = weight.lend(compute, (w) => compute.matMul(rowsOf(compute, x), w, false, true)); // (N, out)
    return {
      value: withShape(plus(y, bias), x.shape, outputs),
      gradient: (dy) => [
        withShape(
          weight.lend(compute, (w) => compute.matMul(rowsOf(compute, dy), w)),
          x.shape,
          inputs,
        ),
      ],
    };
  });
}

/** y = x Wᵀ + b with W (out, in) and b (out) learning: x (..., in) -> (..., out). Gradients reach x, W and b. */
export function trainableLinear(x: tf.Tensor, weight: tf.Tensor2D, bias?: tf.Tensor1D): tf.Tensor {
  const [outputs, inputs] = weight.shape;
  return customOp(bias === undefined ? [x, weight] : [x, weight, bias], (save) => {
    const compute = currentCompute();
    const [rows, w] = [compute.enter(rowsOf(compute, x)), compute.enter(weight)];
    save([rows, w]);
    const fused = compute.precision === 'bfloat16' && hasKernel('MosloraMatMul');
    const y = fused
      ? fusedMatMul(rows, w, { transposeB: true, bias })
      : plus(compute.matMul(rows, w, false, true), bias); // (N, out)
    return {
      value: withShape(y, x.shape, outputs),
      gradient: (dy, [rows, w]) => {
        const g = rowsOf(compute, dy); // (N, out)
        const dx = withShape(compute.matMul(g, w as tf.Tensor), x.shape, inputs);
        const dw = fused
          ? fusedMatMul(g, rows as tf.Tensor, { transposeA: true, wide: true })
          : compute.matMul(g, rows as tf.Tensor, true, false); // (out, in)
        if (bias === undefined) return [dx, dw];
        return [dx, dw, fused ? columnSums(g) : tf.sum(asRows(dy), 0)];
      },
    };
  });
}

const plus = (y: tf.Tensor, bias: tf.Tensor1D | undefined): tf.Tensor => (bias === undefined ? y : tf.add(y, bias));

/** x (..., D) as (N, D) in the compute type's values. */
export function rowsOf(compute: Compute, x: tf.Tensor): tf.Tensor {
  return x.rank === 2 ? x : compute.reshape(x, [-1, lastSize(x)]);
}

/** rows (N, width) in the leading shape of `shape`. */
export function withShape(rows: tf.Tensor, shape: readonly number[], width: number): tf.Tensor {
  return shape.length === 2 ? rows : tf.reshape(rows, [...shape.slice(0, -1), width]);
}
