import type { GgufDecoderShape } from './decoder-shape';
import { groupedRows, pairedRows } from './row-order';
import { ggufName } from './tensor-names';

/** Where (a part of) a stored tensor goes in a file. */
export interface TensorPlace {
  /** llama.cpp's name. */
  name: string;
  /** For each row in the file, where it stands in the stored tensor; undefined where it stays as it is. */
  rows?: readonly number[];
}

/** Where a decoder's tensor goes; nowhere, where llama.cpp has no name for it. */
export function tensorPlaces(
  stored: string,
  { heads, kvHeads, headDim }: GgufDecoderShape,
  family: string,
): TensorPlace[] {
  const inPairs = { attn_q: pairedRows(heads, headDim), attn_k: pairedRows(kvHeads, headDim) };
  const [, layer, leaf] = /^model\.layers\.(\d+)\.attention\.wqkv\.(weight|bias)$/.exec(stored) ?? [];
  if (family === 'internlm2' && layer !== undefined) {
    const { attn_q: q, attn_k: k, attn_v: v } = groupedRows(heads, kvHeads, headDim);
    const parts = {
      attn_q: inPairs.attn_q.map((row) => q[row]!),
      attn_k: inPairs.attn_k.map((row) => k[row]!),
      attn_v: v,
    };
    return Object.entries(parts).map(([part, rows]) => ({ name: `blk.${layer}.${part}.${leaf}`, rows }));
  }
  const name = ggufName(stored);
  if (name === undefined) return [];
  const [, part] = /\.(attn_q|attn_k)\.(weight|bias)$/.exec(name) ?? [];
  return family === 'llama' && part !== undefined ? [{ name, rows: inPairs[part as 'attn_q'] }] : [{ name }];
}
