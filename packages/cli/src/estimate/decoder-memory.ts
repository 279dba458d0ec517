/** A decoder's sizes, as far as memory goes by them. */
export interface DecoderSizes {
  layers: number;
  /** D */
  width: number;
  /** F, inside the MLP. */
  inner: number;
  /** H */
  heads: number;
  /** H * K and Hkv * K. */
  queryWidth: number;
  keyWidth: number;
  /** V */
  vocabulary: number;
  /** Bytes of the head's weight in float32 where it is widened for a product, else 0. */
  widenedHead: number;
  /** Weights of the largest projection that is unpacked from 4 bits at each use; 0 where none is. */
  largestUnpacked: number;
}

/** What stands beside the decoder's projections. */
export interface AdapterSizes {
  /** Learning values of all adapters, and of the projector. */
  parameters: number;
  /** Of these, values that were read one tensor after the other, so that JavaScript never has them all. */
  read?: number;
  /** R */
  rank: number;
  /** Adapted projections in a layer, and the sum of their input widths. */
  perLayer: number;
  inputWidths: number;
  /** The sum of their output widths. */
  outputWidths: number;
  dropout: boolean;
  /** Whether they have mixers. */
  mixed: boolean;
  /** Whether their outputs are stretched by magnitudes, as DoRA's are. */
  stretched: boolean;
}

/** Where no projection has an adapter. */
export const noAdapters: Omit<AdapterSizes, 'parameters'> = {
  rank: 0,
  perLayer: 0,
  inputWidths: 0,
  outputWidths: 0,
  dropout: false,
  mixed: false,
  stretched: false,
};

/** The largest batch of a run. */
export interface BatchSizes {
  /** B */
  batch: number;
  /** T, padding and patches included. */
  tokens: number;
  /** Rows with a label, n. */
  labels: number;
}

export type Precision = 'float32' | 'bfloat16';

/**
 * Bytes that one layer keeps for its backward pass, for each of N = B T rows. In float32 each of these is 4 bytes a value:
 *
 *     6 D     two norms, the outputs of o and down, two sums
 *     6 H K   q as projected, transposed, rotated and cut into blocks; attention's output, and that transposed
 *     6 Hkv K k as projected, transposed, rotated and scaled; v as projected and transposed
 *     5 F     gate, up, silu(gate), the slope for gate's gradient, their product
 *     R       for every adapter: M A x
 *     H T c   attention's weights, with c = (n + 1) / 2n of the keys for n blocks of queries
 *
 * In bfloat16 products hold 2 bytes a value, and what other ops use of it 4 more.
 */
export function layerRowBytes(
  { width, inner, heads, queryWidth, keyWidth }: DecoderSizes,
  { rank, perLayer, inputWidths, outputWidths, dropout, stretched }: AdapterSizes,
  tokens: number,
  precision: Precision,
): { attention: number; rest: number } {
  const blocks = Math.max(1, Math.min(8, Math.floor(tokens / 64)));
  const weights = (heads * tokens * (blocks + 1)) / (2 * blocks);
  const low = precision === 'bfloat16';
  const dropped = (dropout ? (low ? 10 : 8) * inputWidths : 0) + (stretched ? stretchedBytes(outputWidths, low) : 0);
  return low
    ? {
        attention: 6 * width + 12 * queryWidth + 20 * keyWidth + 2 * weights,
        rest: 26 * width + 10 * inner + 2 * rank * perLayer + dropped,
      }
    : {
        attention: 4 * (width + 6 * queryWidth + 6 * keyWidth + weights),
        rest: 4 * (5 * width + 5 * inner + rank * perLayer) + dropped,
      };
}

/**
 * Bytes that DoRA keeps of each row beside what a layer keeps anyway: every adapted output before it is stretched, in float32; and in
 * bfloat16 of the stretched one 4 bytes more: it is float32 where the layer's own would not be, and products take it in 16 bits.
 */
export function stretchedBytes(outputWidths: number, low: boolean): number {
  return (low ? 8 : 4) * outputWidths;
}

/** The same of generating, where outputs in 16 bits stay beside their float32 form until the pass ends. */
export function stretchedOutputBytes(outputWidths: number, low: boolean): number {
  return (low ? 10 : 4) * outputWidths;
}
