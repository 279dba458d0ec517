const { fround } = Math;

/**
 * The signed 8-bit dynamic map (256 values in [-0.993, 1], rising): for each exponent i = 0 … 6 the 2^i centres of equal cells of
 * [0.1, 1], times ±10^(i - 6); with 0 and 1. Float32 arithmetic throughout, as NumPy's. Source: Dettmers, 8-Bit
 * Approximations for Parallelism in Deep Learning (2016), as bitsandbytes' create_dynamic_map builds it.
 */
export const dynamicMap: Float32Array = Float32Array.from([...positiveValues().flatMap((v) => [v, -v]), 0, 1]).sort();

function positiveValues(): number[] {
  const values: number[] = [];
  for (let exponent = 0; exponent < 7; exponent++) {
    const cells = 2 ** exponent;
    const step = 0.9 / cells;
    const boundary = (k: number): number => fround(k === cells ? 1 : k * step + 0.1);
    const scale = fround(10 ** (exponent - 6));
    for (let k = 0; k < cells; k++) {
      const centre = fround(fround(boundary(k) + boundary(k + 1)) / 2);
      values.push(fround(scale * centre));
    }
  }
  return values;
}

/** Float32 midpoints between neighbours of `map`. */
export function midpoints(map: Float32Array): Float32Array {
  return Float32Array.from({ length: map.length - 1 }, (_, i) => fround(fround(map[i]! + map[i + 1]!) / 2));
}

/** Number of entries of the rising `boundaries` that are below `value`. */
export function countBelow(boundaries: Float32Array, value: number): number {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
