import { bfloat16ToFloat32 } from '@moslora/checkpoint';
import { blockCount, refuseNotFinite } from './absmax';
import { Bfloat16Codes, patternSpan } from './bfloat16-codes';
import type { BlockCoder } from './block-coder';
import { nf4Zero } from './nf4-code';

const codes = new Bfloat16Codes();
const infinity = 0x7f80;

/** bfloat16 values by bit pattern, as a file holds them: integer comparisons and one look-up a value. */
export const bfloat16Blocks: BlockCoder<Uint16Array> = {
  absmax(patterns, blockSize, place, first) {
    const absmax = new Uint32Array(blockCount(patterns.length, blockSize));
    for (let block = 0; block < absmax.length; block++) {
      const end = Math.min(patterns.length, (block + 1) * blockSize);
      let largest = 0;
      for (let i = block * blockSize; i < end; i++) {
        const magnitude = patterns[i]! & 0x7fff;
        if (magnitude > largest) largest = magnitude;
      }
      if (largest >= infinity) refuse(patterns, block * blockSize, place, first);
      absmax[block] = largest << 16;
    }
    return new Float32Array(absmax.buffer);
  },

  encode(patterns, absmax, decoded, blockSize) {
    const packed = new Uint8Array((patterns.length + 1) >> 1);
    const maxima = new Uint32Array(absmax.buffer, absmax.byteOffset, absmax.length);
    const bits = new Uint32Array(blockSize);
    const values = new Float32Array(bits.buffer);
    let squaredError = 0;
    let squares = 0;
    for (let block = 0; block < absmax.length; block++) {
      const largest = maxima[block]! >>> 16;
      const row = codes.rowOf(largest);
      const { rows } = codes;
      const base = largest - patternSpan;
      const start = block * blockSize;
      const count = Math.min(patterns.length - start, blockSize);
      for (let i = 0; i < count; i++) bits[i] = patterns[start + i]! << 16;
      for (let i = 0; i + 1 < count; i += 2) {
        const high = rows[row + column(patterns[start + i]!, base)]!;
        const low = rows[row + column(patterns[start + i + 1]!, base)]!;
        packed[(start + i) >> 1] = (high << 4) | low;
        const x = values[i]!;
        const y = values[i + 1]!;
        const dx = decoded[16 * block + high]! - x;
        const dy = decoded[16 * block + low]! - y;
        squaredError += dx * dx + dy * dy;
        squares += x * x + y * y;
      }
      if (count % 2 === 1) {
        const high = rows[row + column(patterns[start + count - 1]!, base)]!;
        packed[(start + count) >> 1] = (high << 4) | nf4Zero;
        squaredError += (decoded[16 * block + high]! - values[count - 1]!) ** 2;
        squares += values[count - 1]! ** 2;
      }
    }
    return { packed, squaredError, squares };
  },
};

/** Where a row holds the code of a pattern. */
function column(pattern: number, base: number): number {
  const above = (pattern & 0x7fff) - base;
  // Below the base, without a branch: column 0.
  return (pattern >>> 15) * (patternSpan + 1) + (above & ~(above >> 31));
}

function refuse(patterns: Uint16Array, start: number, place: string, first: number): never {
  const index = patterns.findIndex((pattern, i) => i >= start && (pattern & 0x7fff) >= infinity);
  const value = bfloat16ToFloat32(patterns.subarray(index, index + 1))[0]!;
  return refuseNotFinite(value, first + index, place);
}
