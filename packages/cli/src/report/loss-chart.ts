import { escape } from './markup';
import type { LossCurve } from './report-data';

const size = { width: 420, height: 220, left: 46, right: 12, top: 12, bottom: 30 };

/** Running mean over the last `window` points, which makes the trend of a noisy curve visible. */
export function smooth(values: readonly number[], window: number): number[] {
  let sum = 0;
  return values.map((value, index) => {
    sum += value - (index >= window ? (values[index - window] as number) : 0);
    return sum / Math.min(index + 1, window);
  });
}

/** At most five round ticks that span [0, max]. */
export function ticks(max: number): number[] {
  const rough = max / 4;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = power * ([1, 2, 2.5, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const list: number[] = [];
  for (let value = 0; value <= max * 1.0001; value += step) list.push(Number(value.toPrecision(6)));
  return list;
}

/** One stage's training loss over optimiser steps: the raw values pale, their running mean strong. */
export function lossChart(curve: LossCurve): string {
  const points = curve.points.filter(({ loss }) => Number.isFinite(loss));
  if (points.length === 0) return '';
  const losses = points.map(({ loss }) => loss);
  const maxLoss = Math.max(...losses);
  const lastStep = Math.max(1, (points.at(-1) as { step: number }).step);
  const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };
  const x = (step: number) => size.left + (plot.width * step) / lastStep;
  const y = (loss: number) => size.top + plot.height * (1 - loss / (maxLoss || 1));
  const line = (values: readonly number[]) =>
    values
      .map((value, index) => `${x((points[index] as { step: number }).step).toFixed(1)},${y(value).toFixed(1)}`)
      .join(' ');
  const grid = ticks(maxLoss).map(
    (value) =>
      `<line class="axis" x1="${size.left}" x2="${size.width - size.right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>` +
      `<text class="tick" x="${size.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value}</text>`,
  );
  const title = `${curve.label}: loss ${losses[0]?.toFixed(2)} → ${smooth(losses, 10).at(-1)?.toFixed(3)}`;
  return (
    `<figure><figcaption>${escape(title)}</figcaption>` +
    `<svg class="lines" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(title)}">${grid.join('')}` +
    `<text class="tick" x="${size.left}" y="${size.height - 10}">0</text>` +
    `<text class="tick" x="${size.width - size.right}" y="${size.height - 10}" text-anchor="end">step ${lastStep}</text>` +
    `<polyline class="raw" points="${line(losses)}"/><polyline class="mean" points="${line(smooth(losses, 10))}"/></svg></figure>`
  );
}
