import type { BenchShape } from './shape';

/** How the projections of the decoder's layers are kept; all other weights are float32, or else bfloat16. */
export type BenchBase = 'nf4' | 'float32' | 'bfloat16';

/** Bytes of the weights that a pass through the decoder reads, as this base keeps them; maps that all weights share count for nothing. */
export function weightBytes(
  { width, layers, inner, vocab }: BenchShape,
  base: BenchBase,
): Record<'layers' | 'head', number> {
  const dense = base === 'float32' ? 4 : 2;
  const weights = [...Array<number>(4).fill(width * width), ...Array<number>(3).fill(width * inner)];
  const packed = (count: number): number =>
    Math.ceil(count / 2) + Math.ceil(count / 64) + 4 * Math.ceil(count / 64 / 256) + 4;
  const layer = weights.reduce((sum, count) => sum + (base === 'nf4' ? packed(count) : dense * count), 0);
  return { layers: layers * layer, head: dense * width * vocab };
}
