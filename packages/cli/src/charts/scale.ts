import { logTicks, ticks } from './ticks';

/** Size of a chart in its own units, and the room around the plot. */
export const size = { width: 420, height: 220, left: 52, right: 12, top: 12, bottom: 30 };

/** From values to places inside a chart. */
export interface Scale {
  x(value: number): number;
  y(value: number): number;
  /** The value of x at a place. */
  xAt(place: number): number;
  ticks: number[];
}

/**
 * Places of x in [0, lastX] and of y: linear from 0 (or the least value, where that is below) to the largest, or logarithmic from the least
 * value above 0.
 */
export function scaleOf(lastX: number, ys: readonly number[], log: boolean): Scale {
  const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };
  const x = (value: number): number => size.left + (plot.width * value) / lastX;
  const xAt = (place: number): number => ((place - size.left) / plot.width) * lastX;
  let [low, high] = [Infinity, -Infinity];
  for (const y of ys) {
    if (!Number.isFinite(y) || (log && y <= 0)) continue;
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  if (log && high > 0) {
    const spread = Math.log(high / low) || 1;
    const y = (value: number): number => size.top + plot.height * (1 - Math.log(Math.max(value, low) / low) / spread);
    return { x, y, xAt, ticks: logTicks(low, high) };
  }
  const from = Math.min(0, low);
  const span = Math.max(high, 0) - from || 1;
  const y = (value: number): number => size.top + plot.height * (1 - (value - from) / span);
  return { x, y, xAt, ticks: ticks(Math.max(high, 0) || 1).filter((tick) => tick <= from + span) };
}
