/** Running mean over the last `window` points, which makes the trend of a noisy curve visible. */
export function smooth(values: readonly number[], window: number): number[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= window ? (values[index - window] as number) : 0);
    return sum / Math.min(index + 1, window);
  });
}

/** Points of a curve with their running mean in place of their values. */
export function smoothed<Point extends { x: number; y: number }>(points: readonly Point[], window: number): Point[] {
  const means = smooth(
    points.map(({ y }) => y),
    window,
  );
  return points.map((point, i) => ({ ...point, y: means[i] as number }));
}
