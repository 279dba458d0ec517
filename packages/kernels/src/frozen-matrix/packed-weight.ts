import type { HeldInput } from '../execution/kernel-op';

/** A weight in NF4 as the fused products take it: handles on TensorFlow's side. */
export interface PackedOperand {
  /** uint16: two packed bytes each. */
  packed: HeldInput;
  /** The 16 values of the code; then absmax of the blocks, or the map of absmax codes (256), their scales and their offset. */
  floats: readonly HeldInput[];
  /** Codes of absmax (uint8), where they are quantised as well. */
  codes?: HeldInput;
  block: number;
  nestedBlock: number;
  /** What a value is rounded to before it is used: nothing, bfloat16 or float16. */
  round: 0 | 1 | 2;
}
