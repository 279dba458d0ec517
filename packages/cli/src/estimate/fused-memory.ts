import { hasKernel } from '@moslora/kernels';
import { isNative } from '@moslora/runtime';
import {
  stretchedBytes,
  type AdapterSizes,
  type BatchSizes,
  type DecoderSizes,
  type Precision,
} from './decoder-memory';

/** Rows whose logits are there at once. */
const headRows = 256;

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
 *     w (2 D + 2 H K + 2 Hkv K) both norms; q, k and v side by side; attention's output
 *     4 H                       the logarithm of each softmax's sum
 *     w 3 F                     gate and up side by side, silu(gate) up
 *     w R                       for every adapter: A x, and with a mixer M A x
 *     (w + 4) in                for every adapter with dropout; DoRA's stretched outputs: {@link stretchedBytes}
 */
export function fusedRowBytes(
  { width, inner, heads, queryWidth, keyWidth }: DecoderSizes,
  { rank, perLayer, inputWidths, outputWidths, dropout, mixed, stretched }: Omit<AdapterSizes, 'parameters'>,
  precision: Precision,
): { attention: number; rest: number } {
  const w = precision === 'bfloat16' ? 2 : 4;
  const stretching = stretched ? stretchedBytes(outputWidths, precision === 'bfloat16') : 0;
  const dropped = (dropout ? (w + 4) * inputWidths : 0) + stretching;
  return {
    attention: 4 * width + w * (width + 2 * queryWidth + 2 * keyWidth) + 4 * heads,
    rest: 4 * width + w * (width + 3 * inner + (mixed ? 2 : 1) * rank * perLayer) + dropped,
  };
}

/** What a pass has beside what it keeps: the head's logits by chunks and its gradient, or a layer's gradients. */
export function fusedPassBytes(
  { width, inner, vocabulary }: DecoderSizes,
  { batch, tokens, labels }: BatchSizes,
  precision: Precision,
): { head: number; backward: number } {
  const w = precision === 'bfloat16' ? 2 : 4;
  const head = labels * width * 4 + Math.min(labels, headRows) * vocabulary * 4;
  return { head, backward: batch * tokens * (8 * width + 3 * w * inner) };
}
