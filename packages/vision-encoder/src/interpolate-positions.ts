/** The cubic convolution kernel with a = -3/4, as PyTorch's `interpolate(mode='bicubic')` has it. */
function cubic(distance: number): number {
  const a = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** For each of `to` places the four sources among `from`, cut at the border, with their weights: centres at (i + 1/2) from / to - 1/2. */
function axis(from: number, to: number): { at: number; weight: number }[][] {
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to - 0.5;
    const first = Math.floor(centre) - 1;
    return [0, 1, 2, 3].map((k) => ({
      at: Math.min(from - 1, Math.max(0, first + k)),
      weight: cubic(centre - first - k),
    }));
  });
}

/**
 * Position embeddings of a grid of patches, resized bicubically to another, as transformers' `interpolate_pos_encoding` does.
 * Rows before the grid (a class token's) stay as they are.
 * @param positions (extra + from², D), row by row
 * @returns (extra + to², D)
 */
export function interpolatePositions(
  positions: Float32Array,
  { from, to, width }: { from: number; to: number; width: number },
): Float32Array {
  const extra = positions.length - from * from * width;
  const result = new Float32Array(extra + to * to * width);
  result.set(positions.subarray(0, extra));
  const places = axis(from, to);
  places.forEach((rows, y) =>
    places.forEach((columns, x) => {
      const target = extra + (y * to + x) * width;
      for (let d = 0; d < width; d += 1) {
        let sum = 0;
        for (const row of rows) {
          let inner = 0;
          for (const column of columns) {
            inner += column.weight * (positions[extra + (row.at * from + column.at) * width + d] ?? NaN);
          }
          sum += row.weight * inner;
        }
        result[target + d] = sum;
      }
    }),
  );
  return result;
}
