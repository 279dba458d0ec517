import { escape } from '../report/markup';
import { scaleOf, size, type Scale } from './scale';
import { thin } from './thin';

export interface Point {
  x: number;
  y: number;
}

/** One curve; what is absent is not drawn. */
export interface Series {
  /** CSS class that says its colour, such as s0. */
  style: string;
  /** A strong line. */
  line?: readonly Point[];
  /** A pale line behind it. */
  raw?: readonly Point[];
  /** A dashed line with dots, for values that are far between. */
  dots?: readonly Point[];
  /** An area behind it. */
  band?: readonly { x: number; low: number; high: number }[];
}

export interface LineChart {
  title: string;
  series: readonly Series[];
  log?: boolean;
  /** What ticks of y are written as. */
  format?: (value: number) => string;
  /** Where x ends; default: the largest. */
  lastX?: number;
  /** An x that is marked. */
  cursor?: number | undefined;
}

/** Where the values of a chart are placed. */
export function chartScale({ series, log = false, lastX }: LineChart): Scale {
  const points = series.flatMap(({ line = [], raw = [], dots = [] }) => [...line, ...raw, ...dots]);
  const edges = series.flatMap(({ band = [] }) =>
    band.flatMap(({ x, low, high }) => [
      { x, y: low },
      { x, y: high },
    ]),
  );
  const all = [...points, ...edges];
  const last = lastX ?? all.reduce((largest, { x }) => Math.max(largest, x), 1);
  return scaleOf(
    Math.max(1, last),
    all.map(({ y }) => y),
    log,
  );
}

/** Curves over steps as an SVG that takes its colours from the page's style sheet. */
export function lineChart(chart: LineChart, scale = chartScale(chart)): string {
  const { title, series, format = String, cursor } = chart;
  const [left, right, bottom] = [size.left, size.width - size.right, size.height - size.bottom];
  const grid = scale.ticks.map((value) => {
    const y = scale.y(value).toFixed(1);
    return (
      `<line class="axis" x1="${left}" x2="${right}" y1="${y}" y2="${y}"/>` +
      `<text class="tick" x="${left - 6}" y="${(Number(y) + 4).toFixed(1)}" text-anchor="end">${escape(format(value))}</text>`
    );
  });
  const at = cursor === undefined ? '' : scale.x(cursor).toFixed(1);
  return (
    `<svg class="lines" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escape(title)}">${grid.join('')}` +
    `<text class="tick" x="${left}" y="${size.height - 10}">0</text>` +
    `<text class="tick" x="${right}" y="${size.height - 10}" text-anchor="end">step ${Math.round(scale.xAt(right))}</text>` +
    series.map((each) => curve(each, scale)).join('') +
    (at === '' ? '' : `<line class="cursor" x1="${at}" x2="${at}" y1="${size.top}" y2="${bottom}"/>`) +
    `</svg>`
  );
}

function curve({ style, line, raw, dots, band }: Series, scale: Scale): string {
  const place = ({ x, y }: Point): string => `${scale.x(x).toFixed(1)},${scale.y(y).toFixed(1)}`;
  const path = (name: string, points: readonly Point[] = []): string => {
    const drawn = thin(points.filter(({ y }) => Number.isFinite(y)));
    return drawn.length === 0 ? '' : `<polyline class="${name}" points="${drawn.map(place).join(' ')}"/>`;
  };
  const edges = [
    ...(band ?? []).map(({ x, high }) => ({ x, y: high })),
    ...(band ?? []).map(({ x, low }) => ({ x, y: low })).reverse(),
  ];
  const area = edges.length === 0 ? '' : `<polygon class="band" points="${edges.map(place).join(' ')}"/>`;
  const circles = (dots ?? []).map((dot) => {
    const [cx, cy] = place(dot).split(',');
    return `<circle class="dot" cx="${cx}" cy="${cy}" r="3"/>`;
  });
  return `<g class="${style}">${area}${path('raw', raw)}${path('mean', line)}${path('dashes', dots)}${circles.join('')}</g>`;
}
