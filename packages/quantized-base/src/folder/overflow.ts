import { fail } from '@moslora/specs';

/** Largest finite half; beyond it a value rounds to infinity. */
const largestHalf = 65504;

/** Throws a UserError for a value that has no place in half precision; `first` is the index of the first value in its tensor. */
export function refuseOverflow(values: Float32Array, place: string, first = 0): void {
  const index = values.findIndex((value) => Math.abs(value) > largestHalf);
  if (index < 0) return;
  fail({
    what: 'A weight is too large for float16',
    where: `${place}, element ${first + index}`,
    got: String(values[index]),
    expected: `at most ${largestHalf}`,
    fix: 'quantise with dtype bfloat16',
  });
}
