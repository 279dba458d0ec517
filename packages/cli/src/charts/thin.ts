/** At most about `most` points that look like all of them: of every stretch the first, the least, the largest and the last. */
export function thin<Point extends { x: number; y: number }>(points: readonly Point[], most = 800): readonly Point[] {
  if (points.length <= most) return points;
  const stretch = Math.ceil((4 * points.length) / most);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += stretch) {
    const piece = points.slice(start, start + stretch);
    const chosen = new Set([piece[0]!, piece.at(-1)!]);
    chosen.add(piece.reduce((least, point) => (point.y < least.y ? point : least)));
    chosen.add(piece.reduce((largest, point) => (point.y > largest.y ? point : largest)));
    kept.push(...piece.filter((point) => chosen.has(point)));
  }
  return kept;
}
