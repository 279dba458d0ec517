import type { tf } from '@moslora/runtime';
import { DT } from '../execution/binding';
import { full, handleOf, runKernel, type KernelType } from '../execution/kernel-op';
import { lowHandle, narrowOnly } from '../execution/storage';

export interface ProductOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** (N), added to every row. */
  bias?: tf.Tensor1D | undefined;
  /** Gives float32 in place of bfloat16. */
  wide?: boolean;
}

/**
 * op(a) op(b) + bias off the tape, by our own product with factors rounded to bfloat16: (M, K) x (K, N) -> (M, N), held in bfloat16
 * unless `wide`. Factors are read in the type they are held in.
 */
export function fusedMatMul(a: tf.Tensor, b: tf.Tensor, options: ProductOptions = {}): tf.Tensor {
  const { transposeA = false, transposeB = false, bias, wide = false } = options;
  const [first, second] = [asHeld(a), asHeld(b)];
  const attributes = {
    TA: { type: first.type },
    TB: { type: second.type },
    Y: { type: wide ? DT.float32 : DT.bfloat16 },
    B: bias ? 1 : 0,
    transpose_a: transposeA,
    transpose_b: transposeB,
    low: true,
    wide,
  };
  return runKernel('MosloraMatMul', attributes, [first, second, ...(bias ? [full(bias)] : [])], 1)[0] as tf.Tensor;
}

/** Sums over the rows off the tape: (N, D) -> (D) in float32, read in the type they are held in. */
export function columnSums(x: tf.Tensor): tf.Tensor1D {
  const held = asHeld(x);
  return runKernel('MosloraColumnSums', { T: { type: held.type } }, [held], 1)[0] as tf.Tensor1D;
}

function asHeld(x: tf.Tensor): { id: number; type: KernelType } {
  const [id, type] = narrowOnly(x) ? [lowHandle(x), DT.bfloat16] : [handleOf(x).id, DT.float32];
  return { id, type };
}
