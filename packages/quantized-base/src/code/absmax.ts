import { fail } from '@moslora/specs';

/** Blocks of `blockSize` values that `count` values fill, the last one perhaps in part. */
export function blockCount(count: number, blockSize: number): number {
  return Math.ceil(count / blockSize);
}

/**
 * absmax_b = max |x_i| over block b (float32, exact). Throws a UserError that names `place` and the index for a value that is
 * not finite: it would make its whole block meaningless. `first` is the index of x's first value in the weight.
 */
export function blockAbsmax(x: Float32Array, blockSize: number, place: string, first = 0): Float32Array {
  const absmax = new Float32Array(blockCount(x.length, blockSize));
  for (let block = 0; block < absmax.length; block++) {
    const end = Math.min(x.length, (block + 1) * blockSize);
    let largest = 0;
    for (let i = block * blockSize; i < end; i++) {
      const magnitude = Math.abs(x[i]!);
      // Written so that NaN, for which every comparison is false, comes in here too.
      if (!(magnitude <= largest)) {
        if (!(magnitude < Infinity)) refuseNotFinite(x[i]!, first + i, place);
        largest = magnitude;
      }
    }
    absmax[block] = largest;
  }
  return absmax;
}

/** Throws the UserError for a weight that is NaN or infinite. */
export function refuseNotFinite(value: number, index: number, place: string): never {
  fail({
    what: 'A weight that is not a finite number cannot be quantised',
    where: `${place}, element ${index}`,
    got: String(value),
    expected: 'a finite number',
    fix: 'the checkpoint is damaged or was saved after training diverged: take an earlier one',
  });
}

/** Smallest absmax whose reciprocal is taken as it is; below it, down to an all-zero block, this stands in. */
const smallestAbsmax = Math.fround(1e-38);

/** 1 / absmax in float32; finite for every block, so that a block of zeros scales to zeros. */
export function reciprocal(absmax: number): number {
  return Math.fround(1 / Math.max(absmax, smallestAbsmax));
}
