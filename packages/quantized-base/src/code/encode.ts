import { nf4Boundaries, nf4Zero } from './nf4-code';
import { reciprocal } from './absmax';

/** Cells per unit of the table over [-1, 1]; the closest boundaries are 0.08 apart, so no cell holds two. */
const cellsPerUnit = 1024;

/** For each cell, the number of boundaries below its start. */
const indexAtCellStart = Uint8Array.from({ length: 2 * cellsPerUnit + 1 }, (_, cell) => {
  const start = cell / cellsPerUnit - 1;
  return nf4Boundaries.reduce((count, boundary) => count + (boundary < start ? 1 : 0), 0);
});

/** The boundary above each index; none is above the last. */
const boundaryAbove = Float64Array.of(...nf4Boundaries, Infinity);

/** Index of the NF4 value nearest to `scaled`, a float32 in [-1, 1] up to rounding. */
export function nearestNf4(scaled: number): number {
  const index = indexAtCellStart[((scaled + 1) * cellsPerUnit) | 0]!;
  return scaled > boundaryAbove[index]! ? index + 1 : index;
}

/**
 * The packed NF4 indices of x (n) -> (ceil(n / 2)) bytes, even elements in the high four bits, an odd tail padded with the index
 * of zero. Each value is scaled by the float32 reciprocal of its block's absmax, in float32, as bitsandbytes does.
 */
export function encodeNf4(x: Float32Array, absmax: Float32Array, blockSize: number): Uint8Array {
  const packed = new Uint8Array((x.length + 1) >> 1);
  for (let block = 0; block < absmax.length; block++) {
    const factor = reciprocal(absmax[block]!);
    const end = Math.min(x.length, (block + 1) * blockSize);
    let i = block * blockSize;
    for (; i + 1 < end; i += 2) {
      const high = nearestNf4(Math.fround(x[i]! * factor));
      const low = nearestNf4(Math.fround(x[i + 1]! * factor));
      packed[i >> 1] = (high << 4) | low;
    }
    if (i < end) packed[i >> 1] = (nearestNf4(Math.fround(x[i]! * factor)) << 4) | nf4Zero;
  }
  return packed;
}
