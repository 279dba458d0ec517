/** Student's t at 97.5 % for 1 to 9 degrees of freedom. */
const t975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** Seeds that a study may have: as many as the table holds. */
export const mostSeeds = t975.length + 1;

export interface MeanInterval {
  mean: number;
  /** Ends of the 95 % interval; absent for a single value. */
  interval?: [low: number, high: number];
  values: number[];
}

/** The mean of some values and its 95 % interval by Student's t: mean ± t s / √n with n - 1 degrees of freedom. */
export function meanInterval(values: number[]): MeanInterval {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const t = t975[values.length - 2];
  if (t === undefined) return { mean, values };
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const half = t * Math.sqrt(square / values.length);
  return { mean, interval: [mean - half, mean + half], values };
}
