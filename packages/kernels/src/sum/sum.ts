import type { tf } from '@moslora/runtime';
import { DT } from '../execution/binding';
import { full, heldType, runKernel, working } from '../execution/kernel-op';

/**
 * The sum of tensors of one shape in one pass, added up in float32: bfloat16 where all of them are held in that alone, else float32. None
 * of them is widened first. Needs the native op. Throws an error naming the op and the shapes where these differ.
 */
export function fusedSum(tensors: readonly tf.Tensor[]): tf.Tensor {
  const low = tensors.filter((tensor) => heldType(tensor) === DT.bfloat16);
  const wide = tensors.filter((tensor) => heldType(tensor) === DT.float32);
  const type = wide.length > 0 ? DT.float32 : DT.bfloat16;
  const inputs = [...wide.map((tensor) => full(tensor)), ...low.map((tensor) => working(tensor, DT.bfloat16))];
  return runKernel('MosloraSum', { W: wide.length, L: low.length, Y: { type } }, inputs, 1)[0] as tf.Tensor;
}
