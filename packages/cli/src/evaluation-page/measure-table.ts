import type { MeasuredValue } from '@moslora/specs';
import { escape } from '../report/markup';
import { benchmarkNames, anyResult, type PageRun } from './collect-page';

/** Every figure of every run with its interval, a table a benchmark; leaves are left to the bars where there are some. */
export function measureTables(runs: readonly PageRun[]): string {
  return benchmarkNames(runs)
    .map((benchmark) => measureTable(runs, benchmark))
    .join('');
}

function measureTable(runs: readonly PageRun[], benchmark: string): string {
  const there = runs.filter(({ results }) => results.has(benchmark));
  const measures = there.map(({ results }) => results.get(benchmark)!.measures.filter(({ level }) => level !== 'leaf'));
  const names = new Map(measures.flat().map((each) => [idOf(each), each]));
  const lines = [...names].map(([id, { name, split, most, questions, level }]) => {
    const about = `${name}${split === 'none' ? '' : ` (${split})`}${most === 1 ? '' : ` of ${most}`}`;
    const cells = measures.map((each) => cell(each.find((one) => idOf(one) === id)));
    return `<tr class="${level}"><td>${escape(about)}</td><td>${questions}</td>${cells.join('')}</tr>`;
  });
  const head = there.map(({ label }) => `<th>${escape(label)}</th>`).join('');
  return (
    `<h3>${escape(anyResult(runs, benchmark).title)}</h3><div class="scroll"><table class="measures">` +
    `<thead><tr><th></th><th>n</th>${head}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
  );
}

const idOf = ({ name, split }: MeasuredValue): string => JSON.stringify([split, name]);

function cell(measure: MeasuredValue | undefined): string {
  if (!measure) return '<td>–</td>';
  const { value, low, high, most } = measure;
  const shown = (figure: number): string => (most === 1 ? 100 * figure : figure).toFixed(1);
  return `<td><b>${shown(value)}</b> <span class="range">${shown(low)}–${shown(high)}</span></td>`;
}
