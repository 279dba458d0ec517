import { medianOf } from '../../packages/cli/src/bench/median';
import type { Goal } from './bench';

export { medianOf };

/** Median and extremes of repeated figures. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values) };
}

/** `0.58 (0.55 to 0.61)`; the median alone where there is nothing to spread. */
export function showSpread({ median, min, max }: Spread, unit = '', digits = 3): string {
  const range = min === max ? '' : ` (${number(min, digits)} to ${number(max, digits)})`;
  return `${number(median, digits)}${unit}${range}`;
}

/** A number with so many significant digits and no exponent. */
export function number(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return '–';
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value))) + 1;
  return magnitude >= digits ? String(Math.round(value)) : value.toFixed(Math.min(10, digits - magnitude));
}

/** A figure that is to be at most, or at least, a bound. */
export function goal(what: string, value: number, bound: { most: number } | { least: number }, unit = ''): Goal {
  const most = 'most' in bound;
  const limit = most ? bound.most : bound.least;
  const met = most ? value <= limit : value >= limit;
  return { what, wanted: `${most ? 'at most' : 'at least'} ${limit}${unit}`, got: `${number(value)}${unit}`, met };
}

/** The slope of y over x by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
