import type { tf } from '@moslora/runtime';
import { DT, type DtNumber } from '../execution/binding';
import { runKernel } from '../execution/kernel-op';
import type { PackedOperand } from '../frozen-matrix/packed-weight';

export interface DequantizeOptions {
  /** false leaves out the rounding to the type that the weight had. */
  round?: boolean;
  /** Gives a tensor held in bfloat16. */
  low?: boolean;
}

/** The values of a weight in NF4 by the op `MosloraDequantizeNf4`, which must be there; errors name it and the shapes. */
export function dequantized(
  operand: PackedOperand,
  shape: readonly number[],
  { round = true, low = false }: DequantizeOptions = {},
): tf.Tensor {
  const { packed, floats, codes, block, nestedBlock } = operand;
  const [values] = runKernel(
    'MosloraDequantizeNf4',
    {
      W: { type: packed.type as DtNumber },
      T: { type: low ? DT.bfloat16 : DT.float32 },
      F: floats.length,
      C: codes ? 1 : 0,
      block,
      nested_block: nestedBlock,
      round: round ? operand.round : 0,
      shape,
      low,
    },
    [packed, ...floats, ...(codes ? [codes] : [])],
    1,
  );
  return values as tf.Tensor;
}
