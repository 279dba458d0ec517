import { fusedMadeBytes, fusedPassBytes, fusedRowBytes } from './fused-memory';
import {
  layerRowBytes,
  noAdapters,
  stretchedOutputBytes,
  type AdapterSizes,
  type BatchSizes,
  type DecoderSizes,
  type Precision,
} from './decoder-memory';

/** What freed memory between live tensors adds to what a pass keeps; the pool of fused ops makes blocks of the pages of others. */
const spread: Record<Precision, number> = { float32: 1.1, bfloat16: 1.15 };
const fusedSpread = 1.05;

/** Of two needs that follow each other, the part of the smaller one that does not fit where the larger one was. */
const overlap = 0.25;

/** What an op of attention has beside its result, in float32 arrays of (B, H, T, T): scores, weights and their slopes by blocks. */
const scoreArrays = 2.25;

/** Bytes that unpacking a 4-bit weight takes for each of its values: indices, values, products, rounded ones. */
const unpackBytes = 14;

export interface TrainingOptions {
  precision: Precision;
  checkpointing: boolean;
  /** Whether AdamW updates parameters where they lie. */
  inPlace: boolean;
  /** Whether layers run as fused ops. */
  fused: boolean;
  /** Whether a moving average is kept of what learns. */
  averaged?: boolean;
}

/** What training keeps and makes, in bytes. */
export interface TrainingMemory {
  /** Adapters and projector, and where they are not updated in place the arrays in JavaScript that they were drawn into. */
  adapters: number;
  /** During forward and backward: AdamW's values and moments, and the gradients. */
  optimizer: number;
  activations: number;
  /** Of the optimiser between the steps: values and moments. */
  moments: number;
  /** During the update of the parameters, in place of gradients and activations. */
  update: number;
}

/**
 * The peak of a training step. With P learning values, a forward pass over N = B T rows and n of them with a label:
 *
 *     adapters    8 P      float32, and once more until JavaScript collects what they were drawn into; 4 P of a part that learns in full,
 *                          and in place, where that is collected before the first step
 *     optimizer   16 P     values end to end, two moments, gradients; in place no copy of the values: 12 P
 *     activations          what all layers keep ({@link layerRowBytes}; the last one's MLP for n rows only), or with gradient
 *                          checkpointing 4 D N a layer for its input and one layer's keep; s B and M A of every adapter (4 P); and
 *                          the larger of the head's need (3 n V * 4, and the head in float32) and a layer's backward pass
 *     average     4 P      where one is kept, at every time
 *     update      88 P     in place of the last two: gradients end to end, and the 20 arrays of AdamW's formula; in place 12 P
 */
export function trainingMemory(
  sizes: DecoderSizes,
  adapters: AdapterSizes,
  { batch, tokens, labels }: BatchSizes,
  { precision, checkpointing, inPlace, fused, averaged = false }: TrainingOptions,
): TrainingMemory {
  const rows = batch * tokens;
  const { attention, rest } = fused
    ? fusedRowBytes(sizes, adapters, precision)
    : layerRowBytes(sizes, adapters, tokens, precision);
  const spreading = fused ? fusedSpread : spread[precision];
  const layer = rows * (attention + rest) * spreading;
  const last = (rows * attention + labels * rest) * spreading;
  const { layers, width, heads, vocabulary, widenedHead, largestUnpacked } = sizes;
  // Fused products fold the factors of an adapter inside.
  const folded = fused ? 0 : 4 * adapters.parameters;
  const kept = checkpointing ? layers * rows * width * 4 + folded / layers : (layers - 1) * layer + last + folded;
  const scores = scoreArrays * batch * heads * tokens ** 2 * 4;
  const pass = fused
    ? fusedPassBytes(sizes, { batch, tokens, labels }, precision)
    : { head: 3 * labels * vocabulary * 4 + widenedHead, backward: scores + unpackBytes * largestUnpacked };
  const { head } = pass;
  const backward = pass.backward + (checkpointing ? layer : 0);
  const average = averaged ? 4 : 0;
  return {
    adapters: inPlace ? 4 * adapters.parameters : 8 * adapters.parameters - 4 * (adapters.read ?? 0),
    optimizer: ((inPlace ? 12 : 16) + average) * adapters.parameters,
    moments: ((inPlace ? 8 : 12) + average) * adapters.parameters,
    activations: kept + Math.max(head, backward) + overlap * Math.min(head, backward),
    update: ((inPlace ? 12 : 88) + average) * adapters.parameters,
  };
}

/** How answers are generated. */
export interface GenerationOptions {
  precision: Precision;
  newTokens: number;
  fused: boolean;
  /** Sum of the output widths of a layer's projections that DoRA stretches; 0. */
  stretched?: number;
}

/**
 * Activations of generating. A pass that fills a cache keeps nothing but that: of a layer, a row takes 4 bytes for each of 6 D + 5 H K + 5
 * Hkv K + 3 F values (in bfloat16 32 D + 10 H K + 10 Hkv K + 6 F bytes; of fused ops {@link fusedRowBytes} and {@link fusedMadeBytes}) until the layer ends, and its input
 * 4 D; the cache 2 Hkv K values a layer and position, of fused ops in the products' type, and a layer's once more while it grows. DoRA's outputs come on top ({@link
 * stretchedOutputBytes}). Prompts that begin alike share that: `together` positions, at most B T, are in a layer at a time.
 */
export function generationMemory(
  sizes: DecoderSizes,
  { batch, tokens, together }: Pick<BatchSizes, 'batch' | 'tokens'> & { together: number },
  { precision, newTokens, fused, stretched = 0 }: GenerationOptions,
): number {
  const { layers, width, inner, queryWidth, keyWidth, heads, vocabulary, widenedHead, largestUnpacked } = sizes;
  const [kept, made] = [fusedRowBytes(sizes, noAdapters, precision), fusedMadeBytes(sizes, precision)];
  const plain = fused
    ? kept.attention + kept.rest + made
    : precision === 'bfloat16'
      ? 32 * width + 10 * queryWidth + 10 * keyWidth + 6 * inner
      : 4 * (6 * width + 5 * queryWidth + 5 * keyWidth + 3 * inner);
  const row = plain + stretchedOutputBytes(stretched, precision === 'bfloat16');
  const cached = fused && precision === 'bfloat16' ? 2 : 4;
  const cache = (layers + 1) * batch * (tokens + newTokens) * 2 * keyWidth * cached;
  const scores = fused ? 0 : scoreArrays * batch * heads * tokens ** 2 * 4;
  const head = batch * vocabulary * 4 + (fused ? 0 : widenedHead);
  const unpacked = fused ? 0 : unpackBytes * largestUnpacked;
  return together * (row + 4 * width) + cache + Math.max(scores, head, unpacked);
}
