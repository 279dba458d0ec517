import type { tf } from '@moslora/runtime';

/** Numbers to compare: an array of them, or a tensor (whose values are read). */
export type Values = ArrayLike<number> | tf.Tensor;

/** max |a - b| over elements; Infinity where one of the two is not finite and they differ. Throws when lengths differ. */
export function maxAbsDiff(a: Values, b: Values): number {
  const [x, y] = [values(a), values(b)];
  if (x.length !== y.length) throw new Error(`${x.length} values can't be compared with ${y.length}`);
  let max = 0;
  for (let at = 0; at < x.length; at++) {
    if (Object.is(x[at], y[at]) || x[at] === y[at]) continue;
    const difference = Math.abs(x[at]! - y[at]!);
    max = Math.max(max, Number.isNaN(difference) ? Infinity : difference);
  }
  return max;
}

/** max |got - expected| / max |expected|: the error in units of the expected tensor's scale. */
export function maxRelDiff(got: Values, expected: Values): number {
  const difference = maxAbsDiff(got, expected);
  if (difference === 0) return 0;
  return difference / values(expected).reduce((scale, value) => Math.max(scale, Math.abs(value)), Number.MIN_VALUE);
}

function values(input: Values): number[] {
  return Array.from('dataSync' in input ? (input.dataSync() as ArrayLike<number>) : input);
}
