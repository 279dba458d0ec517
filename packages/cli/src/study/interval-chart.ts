import { ticks } from '../charts/ticks';
import { escape } from '../report/markup';
import type { StudyTable } from './study-table';

const size = { name: 150, plot: 520, right: 30, row: 30 };

/** A row for every variant: a dot for every seed, the mean, and its 95 % interval where there is one. As an SVG. */
export function intervalChart({ measure, rows }: StudyTable): string {
  const ends = rows.flatMap(({ values, interval }) => [...values, ...(interval ?? [])]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const room = (most - least || Math.abs(most) || 1) * 0.05;
  const [low, high] = [least - room, most + room];
  const x = (value: number): string => (size.name + (size.plot * (value - low)) / (high - low)).toFixed(1);
  const [width, height] = [size.name + size.plot + size.right, rows.length * size.row + 26];
  const grid = roundTicks(low, high).map(
    (value) =>
      `<line class="axis" x1="${x(value)}" x2="${x(value)}" y1="0" y2="${height - 22}"/>` +
      `<text class="tick" x="${x(value)}" y="${height - 8}" text-anchor="middle">${value}</text>`,
  );
  const lines = rows.map(({ variant, values, mean, interval }, i) => {
    const y = i * size.row + size.row / 2;
    const bar = interval
      ? `<path class="whisker" d="M${x(interval[0])} ${y}H${x(interval[1])}M${x(interval[0])} ${y - 5}v10M${x(interval[1])} ${y - 5}v10"/>`
      : '';
    const dots = values.map((value) => `<circle class="seed" cx="${x(value)}" cy="${y}" r="4"/>`);
    return (
      `<g class="s${i % 6}"><text class="leaf" x="${size.name - 10}" y="${y + 4}" text-anchor="end">${escape(variant)}</text>` +
      `${bar}${dots.join('')}<path class="centre" d="M${x(mean)} ${y - 8}v16"/></g>`
    );
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(measure)}">${grid.join('')}${lines.join('')}</svg>`;
}

/** Round values inside [low, high]. */
function roundTicks(low: number, high: number): number[] {
  const step = ticks(high - low)[1] ?? 1;
  const found: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(Number((k * step).toPrecision(6)));
  return found;
}
