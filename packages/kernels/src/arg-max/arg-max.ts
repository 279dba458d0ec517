import { tf } from '@moslora/runtime';
import { DT } from '../execution/binding';
import { heldType, runKernel, working } from '../execution/kernel-op';
import { hasKernel } from '../native/kernels-addon';

/**
 * The place of each row's greatest value, the first of equals: x (N, V) → (N) int32, in the type that x is held in and without a gradient. What is
 * no number is not the greatest where our op runs.
 */
export function argMax(x: tf.Tensor2D): tf.Tensor1D {
  if (!hasKernel('MosloraArgMax')) return tf.argMax(x, 1);
  const type = heldType(x);
  const outputs = [{ shape: [x.shape[0]], type: DT.int32 }];
  return runKernel('MosloraArgMax', { T: { type } }, [working(x, type)], outputs)[0] as tf.Tensor1D;
}
