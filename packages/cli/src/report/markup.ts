export { escape } from '@moslora/page';

/** A number as a percentage with one decimal, or a dash. */
export function percent(fraction: number | undefined): string {
  return fraction === undefined || Number.isNaN(fraction) ? '–' : (100 * fraction).toFixed(1);
}

/** The ends of an interval as percentages. */
export function range([low, high]: readonly [number, number]): string {
  return `${percent(low)}–${percent(high)}`;
}
