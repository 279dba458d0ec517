import type { Rng } from '@moslora/runtime';

/**
 * A random orthogonal matrix (R, R), uniform over all of them: normal rows made orthonormal one after the other (modified
 * Gram-Schmidt, each row twice, in float64), then rounded to float32.
 */
export function orthogonal(rng: Rng, rank: number): Float32Array {
  const rows: Float64Array[] = [];
  while (rows.length < rank) {
    const row = Float64Array.from({ length: rank }, () => rng.normal());
    for (let pass = 0; pass < 2; pass++) {
      for (const other of rows) subtractProjection(row, other);
    }
    const length = Math.sqrt(dot(row, row));
    // A row that all but lies in the span of the others would be mostly rounding: draw another.
    if (length > 1e-6) rows.push(row.map((value) => value / length));
  }
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

function subtractProjection(row: Float64Array, unit: Float64Array): void {
  const along = dot(row, unit);
  for (let i = 0; i < row.length; i++) row[i]! -= along * unit[i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
