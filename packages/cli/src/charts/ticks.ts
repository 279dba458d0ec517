/** At most five round ticks that span [0, max]. */
export function ticks(max: number): number[] {
  const rough = max / 4;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = power * ([1, 2, 2.5, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const list: number[] = [];
  for (let value = 0; value <= max * 1.0001; value += step) list.push(Number(value.toPrecision(6)));
  return list;
}

/** Ticks of a logarithmic axis over [low, high]: powers of ten; with 2 and 5 times those where there are fewer than three. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const inside = (value: number): boolean => value >= low * 0.9999 && value <= high * 1.0001;
  const tens = powers.filter(inside);
  const chosen = tens.length >= 3 ? tens : powers.flatMap((power) => [power, 2 * power, 5 * power]).filter(inside);
  const every = Math.ceil(chosen.length / 6);
  return chosen.filter((_, i) => i % every === 0).map((value) => Number(value.toPrecision(3)));
}
