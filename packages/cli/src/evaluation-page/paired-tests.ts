import { compareRuns, type Comparison } from '@moslora/evaluation';
import { escape, percent } from '../report/markup';
import { benchmarkNames, type PageRun } from './collect-page';

/** Every run against the first, per benchmark that both have. */
export function comparisonsOf(runs: readonly PageRun[]): Comparison[] {
  const [first, ...others] = runs;
  if (!first) return [];
  return benchmarkNames(runs).flatMap((benchmark) =>
    others.flatMap((other): Comparison[] => {
      const [one, two] = [first, other].map((run) => {
        const result = run.results.get(benchmark);
        return result && { label: run.label, result, questions: run.questions.get(benchmark) ?? [] };
      });
      return one && two ? [compareRuns(one, two)] : [];
    }),
  );
}

/** Comparisons as tables: overall and abilities, what McNemar's test says of each, and why they may not be comparable. */
export function pairedTables(comparisons: readonly Comparison[], titles: ReadonlyMap<string, string>): string {
  return comparisons.map((each) => pairedTable(each, titles.get(each.benchmark) ?? each.benchmark)).join('');
}

function pairedTable({ first, second, differences, warnings }: Comparison, title: string): string {
  const lines = differences
    .filter(({ level }) => level !== 'leaf')
    .map((each) => {
      const { name, questions, difference, low, high, onlyFirst, onlySecond, p, says } = each;
      const cells = [
        String(questions),
        percent(each.first),
        percent(each.second),
        signed(difference),
        `${signed(low)} to ${signed(high)}`,
        `${onlyFirst} / ${onlySecond}`,
        probability(p),
      ];
      const none = says === 'no difference shown';
      return `<tr><td>${escape(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}<td class="says${none ? '' : ' shown'}">${escape(says)}</td></tr>`;
    });
  const head = ['', 'n', first, second, 'difference', '95 %', 'only one right', "McNemar's p", ''];
  return (
    `<h3>${escape(title)}: ${escape(second)} against ${escape(first)}</h3>` +
    warnings.map((warning) => `<p class="notice warning">${escape(warning)}</p>`).join('') +
    `<div class="scroll"><table class="paired"><thead><tr>${head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr></thead>` +
    `<tbody>${lines.join('')}</tbody></table></div>`
  );
}

/** A difference in percentage points, with its sign. */
export function signed(share: number): string {
  const points = (100 * share).toFixed(1);
  return share > 0 && Number(points) !== 0 ? `+${points}` : points.replace('-', '−');
}

/** A probability to three places. */
export const probability = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));
