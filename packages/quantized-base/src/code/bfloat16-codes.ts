import { reciprocal } from './absmax';
import { nearestNf4 } from './encode';
import { nf4Zero } from './nf4-code';

/**
 * A magnitude's bit pattern rises with it, 128 patterns to the doubling. What lies 5 doublings or more below its block's absmax is
 * at most 1/32 of it, and gets the code of zero whatever its sign: the innermost boundaries are at 0.0398 and -0.0455.
 */
export const patternSpan = 5 * 128;

/** Codes of one absmax: first of the positive values by how far their pattern lies above `absmax - patternSpan`, then of the negative ones. */
export const rowLength = 2 * (patternSpan + 1);

/**
 * The NF4 codes of bfloat16 values by bit pattern: a row of codes for every absmax that has come up. They are made by
 * {@link nearestNf4} and so equal to those of the float32 path; a weight matrix needs about 200 rows of 1.3 kB.
 */
export class Bfloat16Codes {
  /** All rows; replaced by a larger array when it is full, so read it after {@link rowOf}. */
  rows = new Uint8Array(64 * rowLength);
  private readonly starts = new Int32Array(0x8000).fill(-1);
  private used = 0;

  /** Where the row of an absmax, given as a bit pattern, starts in `rows`. */
  rowOf(absmax: number): number {
    const start = this.starts[absmax]!;
    return start >= 0 ? start : this.add(absmax);
  }

  private add(absmax: number): number {
    const start = this.used;
    if (start + rowLength > this.rows.length) {
      const larger = new Uint8Array(2 * this.rows.length);
      larger.set(this.rows);
      this.rows = larger;
    }
    const row = this.rows.subarray(start, start + rowLength).fill(nf4Zero);
    const factor = reciprocal(widened(absmax));
    for (let above = 1; above <= patternSpan; above++) {
      const pattern = absmax - patternSpan + above;
      if (pattern <= 0) continue;
      const scaled = Math.fround(widened(pattern) * factor);
      row[above] = nearestNf4(scaled);
      row[patternSpan + 1 + above] = nearestNf4(-scaled);
    }
    this.starts[absmax] = start;
    this.used = start + rowLength;
    return start;
  }
}

const bits = new Uint32Array(1);
const value = new Float32Array(bits.buffer);

/** The value of a bfloat16 bit pattern. */
function widened(pattern: number): number {
  bits[0] = pattern << 16;
  return value[0]!;
}
