const { fround } = Math;

/**
 * Mean in float32 with pairwise summation, in the very order NumPy and bitsandbytes' CPU path sum: halves (the first a multiple of
 * 8) down to runs of at most 128, each of which goes through 8 running sums. The order decides the last bit, and with it the
 * offset that double quantisation stores.
 */
export function pairwiseMean(values: Float32Array): number {
  return values.length === 0 ? 0 : fround(sum(values, 0, values.length) / values.length);
}

function sum(values: Float32Array, start: number, count: number): number {
  if (count < 8) return sumInOrder(values, start, start + count, 0);
  if (count <= 128) return sumOfEight(values, start, count);
  const half = count >> 1;
  const first = half - (half % 8);
  return fround(sum(values, start, first) + sum(values, start + first, count - first));
}

function sumInOrder(values: Float32Array, start: number, end: number, from: number): number {
  let total = from;
  for (let i = start; i < end; i++) total = fround(total + values[i]!);
  return total;
}

function sumOfEight(values: Float32Array, start: number, count: number): number {
  const sums = values.slice(start, start + 8);
  const whole = count - (count % 8);
  for (let i = 8; i < whole; i++) sums[i & 7]! += values[start + i]!;
  const add = (a: number, b: number): number => fround(a + b);
  const left = add(add(sums[0]!, sums[1]!), add(sums[2]!, sums[3]!));
  const right = add(add(sums[4]!, sums[5]!), add(sums[6]!, sums[7]!));
  return sumInOrder(values, start + whole, start + count, add(left, right));
}
