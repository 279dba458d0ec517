import { tf } from '@moslora/runtime';
import { currentCompute } from '../execution/compute';
import { asRows, customOp } from '../custom-op';
import { dropoutMask as maskOf, dropsInside, type Dropped } from '../dropout/dropout';
import type { FrozenOperand } from '../frozen-matrix/frozen-matrix';
import { rowsOf, withShape } from '../linear/linear';
import { matMul } from '../mat-mul/mat-mul';
import { hasKernel } from '../native/kernels-addon';
import { fusedProjections } from '../projections/projections';
import { loraGradient } from './gradient';

/** The learning factors of one adapter beside a frozen weight (out, in). */
export interface LoraFactors {
  /** A (R, in). */
  a: tf.Tensor2D;
  /** B (out, R). */
  b: tf.Tensor2D;
  /** M (R, R), the mixer of MoSLoRA; without it M = I. */
  mixer?: tf.Tensor2D;
  /** s = alpha / R. */
  scale: number;
}

export interface LoraOptions {
  /** (out). */
  bias?: tf.Tensor1D;
  /** Elements of x that the adapter does not see. */
  dropout?: Dropped;
  /** false where nothing before x learns: no gradient of x is then computed, and none flows further back. */
  inputGradient?: boolean;
}

/**
 * y = x Wᵀ + b + s ((x Aᵀ) Mᵀ) Bᵀ as one op: x (..., in) -> (..., out); W and b frozen; with dropout the adapter's x is what that leaves
 * of it. It computes v = x (M A)ᵀ, and saves x and v.
 * With g = ∂L/∂y, ∂v = s g B and P = ∂vᵀx (R, in): ∂B = s gᵀv, ∂M = P Aᵀ, ∂A = MᵀP, ∂x = g W + ∂v M A. That is the chain through
 * u = x Aᵀ with the small products first, so that nothing of size (N, R) goes through M.
 *
 * W and the adapter share one product: [x, v] [W, sB]ᵀ, so that no second (N, out) array is made and added.
 */
export function loraLinear(
  x: tf.Tensor,
  weight: FrozenOperand,
  factors: LoraFactors,
  options: LoraOptions = {},
): tf.Tensor {
  const { a, b, mixer, scale } = factors;
  const { bias, dropout, inputGradient = true } = options;
  if (hasKernel('MosloraProjections') && (dropout === undefined || dropsInside())) {
    const y = fusedProjections(asRows(x), [{ weight, factors, bias, dropout }], { inputGradient });
    return withShape(y, x.shape, weight.shape[0]);
  }
  const width = weight.shape[1];
  const dropoutMask = dropout === undefined ? undefined : maskOf(x.size / width, width, dropout);
  const learning = mixer === undefined ? [a, b] : [a, b, mixer];
  return customOp(inputGradient ? [x, ...learning] : learning, (save) => {
    const compute = currentCompute();
    const rows = rowsOf(compute, x); // (N, in)
    const dropped = dropoutMask === undefined ? rows : tf.mul(rows, dropoutMask);
    const up = tf.mul(b, scale); // s B (out, R)
    const down = mixer === undefined ? a : tf.matMul(mixer, a); // M A (R, in)
    const v = compute.matMul(dropped, down, false, true); // (N, R)
    const kept = [dropped, v, down, up].map((tensor) => compute.enter(tensor));
    save([...kept, ...(mixer === undefined ? [] : [mixer, a]), ...(dropoutMask === undefined ? [] : [dropoutMask])]);
    const wide = compute.concat([rows, v], 1); // (N, in + R)
    const y = weight.lend(compute, (w) => compute.matMul(wide, compute.concat([w, up], 1), false, true)); // (N, out)
    return {
      value: withShape(bias === undefined ? y : tf.add(y, bias), x.shape, weight.shape[0]),
      gradient: (dy, saved) => {
        const settings = { scale, mixed: mixer !== undefined, masked: dropoutMask !== undefined, inputGradient };
        const gradients = loraGradient(compute, weight, rowsOf(compute, dy), saved as tf.Tensor2D[], settings);
        if (!inputGradient) return gradients;
        const [dx, ...others] = gradients as [tf.Tensor, ...tf.Tensor[]];
        return [withShape(dx, x.shape, weight.shape[1]), ...others];
      },
    };
  });
}

/** s ((x Aᵀ) Mᵀ) Bᵀ: x (N, in) -> (N, out), with gradients for x and every factor. */
export function adapterPath(x: tf.Tensor2D, { a, b, mixer, scale }: LoraFactors): tf.Tensor2D {
  const transposed = { transposeB: true };
  const u = matMul(x, a, transposed); // (N, R)
  const v = mixer === undefined ? u : matMul(u, mixer, transposed); // (N, R)
  return matMul(v, tf.mul(b, scale), transposed);
}
