import { lineChart } from '../charts/line-chart';
import { smooth, smoothed } from '../charts/smooth';
import { escape } from './markup';
import type { LossCurve } from './report-data';

/** One stage's training loss over optimiser steps: the raw values pale, their running mean strong. */
export function lossChart(curve: LossCurve): string {
  const raw = curve.points.filter(({ loss }) => Number.isFinite(loss)).map(({ step, loss }) => ({ x: step, y: loss }));
  if (raw.length === 0) return '';
  const losses = raw.map(({ y }) => y);
  const title = `${curve.label}: loss ${losses[0]?.toFixed(2)} → ${smooth(losses, 10).at(-1)?.toFixed(3)}`;
  const chart = lineChart({ title, series: [{ style: 's0', raw, line: smoothed(raw, 10) }] });
  return `<figure><figcaption>${escape(title)}</figcaption>${chart}</figure>`;
}
