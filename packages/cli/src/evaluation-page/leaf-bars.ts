import type { EvaluationResult, MeasuredValue } from '@moslora/specs';
import { escape, percent } from '../report/markup';
import { anyResult, type PageRun } from './collect-page';

const size = { name: 300, bars: 560, values: 190, bar: 11, gap: 12 };

/** The figures of one leaf category: one per run. */
interface Leaf {
  name: string;
  values: (MeasuredValue | undefined)[];
}

/** Bars per leaf category with their 95 % intervals, one per run; grouped by nothing but the table's order. Empty without leaves. */
export function leafBars(runs: readonly PageRun[], benchmark: string): string {
  const leaves = leavesOf(runs, benchmark);
  if (leaves.length === 0) return '';
  const group = runs.length * size.bar + size.gap;
  const [width, height] = [size.name + size.bars + size.values, leaves.length * group + 24];
  const title = `${anyResult(runs, benchmark).title}: leaf categories with 95 % intervals`;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = at(share);
    return `<line class="axis" x1="${x}" x2="${x}" y1="0" y2="${height - 20}"/><text class="tick" x="${x}" y="${height - 6}" text-anchor="middle">${100 * share}</text>`;
  });
  const rows = leaves.map((leaf, i) => leafRow(leaf, i * group, runs));
  return (
    `<figure class="bars"><figcaption>${escape(title)}</figcaption>` +
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">${grid.join('')}${rows.join('')}</svg></figure>`
  );
}

function leavesOf(runs: readonly PageRun[], benchmark: string): Leaf[] {
  const measures = runs.map(({ results }) => leafMeasures(results.get(benchmark)));
  const names = [...new Set(measures.flatMap((each) => each.map(nameOf)))];
  return names.map((name) => ({ name, values: measures.map((each) => each.find((one) => nameOf(one) === name)) }));
}

const leafMeasures = (result: EvaluationResult | undefined): MeasuredValue[] =>
  (result?.measures ?? []).filter(({ level }) => level === 'leaf');

const nameOf = ({ name, split }: MeasuredValue): string => (split === 'none' ? name : `${name} (${split})`);

const at = (share: number): number => size.name + size.bars * share;

function leafRow({ name, values }: Leaf, top: number, runs: readonly PageRun[]): string {
  const middle = top + (values.length * size.bar) / 2 + 4;
  const label = `<text class="leaf" x="${size.name - 8}" y="${middle}" text-anchor="end">${escape(name.replaceAll('_', ' '))}</text>`;
  const bars = values.map((value, run) => (value ? bar(value, top + run * size.bar, runs[run]!.label, run) : ''));
  return label + bars.join('');
}

function bar({ value, low, high, most, questions }: MeasuredValue, top: number, label: string, run: number): string {
  const [end, from, to] = [value, low, high].map((figure) => at(Math.max(0, figure / most)).toFixed(1)) as [
    string,
    string,
    string,
  ];
  const middle = top + size.bar / 2;
  const text = `${percent(value / most)} [${percent(low / most)}, ${percent(high / most)}] n=${questions}`;
  return (
    `<g class="bar s${run % 6}"><title>${escape(`${label}: ${text}`)}</title>` +
    `<rect x="${size.name}" y="${top + 1}" width="${(Number(end) - size.name).toFixed(1)}" height="${size.bar - 2}"/>` +
    `<path class="whisker" d="M${from} ${middle}H${to}M${from} ${middle - 3}v6M${to} ${middle - 3}v6"/>` +
    `<text class="tick" x="${size.name + size.bars + 8}" y="${middle + 3.5}">${escape(text)}</text></g>`
  );
}
