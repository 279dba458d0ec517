import { blockAbsmax, reciprocal } from './absmax';
import { countBelow, dynamicMap, midpoints } from './dynamic-map';
import { pairwiseMean } from './pairwise-mean';

const { fround } = Math;

/** The absmax of all blocks, quantised to 8 bits (double quantisation). */
export interface NestedAbsmax {
  /** Index into `map` per block. */
  codes: Uint8Array;
  /** Largest |absmax - offset| per `blockSize` blocks. */
  nestedAbsmax: Float32Array;
  /** Mean absmax, taken off before quantising. */
  offset: number;
  /** 256 values. */
  map: Float32Array;
  blockSize: number;
}

export const defaultNestedBlockSize = 256;
const boundaries = midpoints(dynamicMap);

/** absmax (blocks) -> 8-bit codes of absmax - mean(absmax) in blocks of 256, nearest value of the dynamic map. */
export function quantizeAbsmax(absmax: Float32Array, place: string): NestedAbsmax {
  const blockSize = defaultNestedBlockSize;
  const offset = pairwiseMean(absmax);
  const centred = absmax.map((value) => value - offset);
  const nestedAbsmax = blockAbsmax(centred, blockSize, `${place}, absmax`);
  const codes = Uint8Array.from(centred, (value, i) => {
    const factor = reciprocal(nestedAbsmax[Math.floor(i / blockSize)]!);
    return countBelow(boundaries, fround(value * factor));
  });
  return { codes, nestedAbsmax, offset, map: dynamicMap, blockSize };
}

/** absmax_b = map[code_b] nested_(b / 256) + offset, in float32. */
export function restoreAbsmax({ codes, nestedAbsmax, offset, map, blockSize }: NestedAbsmax): Float32Array {
  const restored = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    restored[i] = fround(map[codes[i]!]! * nestedAbsmax[Math.floor(i / blockSize)]!) + offset;
  }
  return restored;
}
