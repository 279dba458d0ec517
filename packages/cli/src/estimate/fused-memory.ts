import { hasKernel } from '@moslora/kernels';
import { isNative } from '@moslora/runtime';
import { type AdapterSizes, type BatchSizes, type DecoderSizes, type Precision } from './decoder-memory';

/** Bytes of the head's sums in float32 that are there at once, and of the powers that they are made of. */
const headSums = 8 * 2 ** 20;
const headPowers = 4 * 2 ** 20;

/** Whether layers run as the fused ops of our kernels, which keep less than TensorFlow's do. */
export function layersAreFused(): boolean {
  const ops = ['Attention', 'Projections', 'RmsNorm', 'Swiglu', 'HeadLoss'];
  return isNative() && ops.every((op) => hasKernel(`Moslora${op}`));
}

/**
 * Bytes that a layer of fused ops keeps for its backward pass, for each of N = B T rows, with w = 2 or 4 bytes a value of the products'
 * type:
 *
 *     4 D + 4 D                 x and x after attention, in float32
 *     w (2 H K + 2 Hkv K)       q, k and v side by side; attention's output
 *     4 H                       the logarithm of each softmax's sum
 *     w 2 F                     gate and up side by side
 *     w R                       for every adapter: A x, and with a mixer M A x
 *
 * Both norms and silu(gate) up are made again from these. DoRA goes the long way: its outputs stay before they are stretched, in float32 and in
 * bfloat16 in both types; in bfloat16 silu(gate) up too, whose inputs are not in the products' type, w F; and with dropout the inputs without
 * what was dropped and the masks, (w + 4) in for every adapter: elsewhere, on a CPU, a hash says where they are used.
 */
export function fusedRowBytes(
  { width, inner, heads, queryWidth, keyWidth }: DecoderSizes,
  { rank, perLayer, inputWidths, outputWidths, dropout, mixed, stretched }: Omit<AdapterSizes, 'parameters'>,
  precision: Precision,
): { attention: number; rest: number } {
  const low = precision === 'bfloat16';
  const w = low ? 2 : 4;
  const gated = low ? w * inner : 0;
  const stretching = (low ? 6 : 4) * outputWidths + gated + (dropout ? (w + 4) * inputWidths : 0);
  return {
    attention: 4 * width + w * (2 * queryWidth + 2 * keyWidth) + 4 * heads,
    rest: 4 * width + w * (2 * inner + (mixed ? 2 : 1) * rank * perLayer) + (stretched ? stretching : 0),
  };
}

/** What a row of a layer has beside that until the layer's forward pass ends: both norms and silu(gate) up, w (2 D + F) bytes. */
export function fusedMadeBytes({ width, inner }: Pick<DecoderSizes, 'width' | 'inner'>, precision: Precision): number {
  return (precision === 'bfloat16' ? 2 : 4) * (2 * width + inner);
}

/**
 * What a pass has beside what it keeps. At the head, for n rows with a label: they and their norm, (4 + w) D n; its gradient, w D n; for as
 * many rows at a time as 8 MB of sums in float32 hold, these (in bfloat16; else they are the gradient) and the rows as a factor; 4 MB of the
 * softmax's powers; and a head in 16 bits in float32 where products are. In a layer's backward pass 8 D + 3 w F a row: its gradients, and
 * what is made again.
 */
export function fusedPassBytes(
  { width, inner, vocabulary, widenedHead }: DecoderSizes,
  { batch, tokens, labels }: BatchSizes,
  precision: Precision,
): { head: number; backward: number } {
  const w = precision === 'bfloat16' ? 2 : 4;
  const together = Math.min(labels, headSums / (4 * width));
  const sums = together * width * (w + (precision === 'bfloat16' ? 4 : 0));
  const powers = Math.min(headPowers, together * vocabulary * w);
  return {
    head: labels * width * (4 + 2 * w) + sums + powers + widenedHead,
    backward: batch * tokens * (8 * width + 3 * w * inner),
  };
}
