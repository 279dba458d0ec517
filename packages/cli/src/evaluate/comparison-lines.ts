import type { Comparison } from '@moslora/evaluation';
import { percent } from '../report/markup';
import { displayWidth, factLines } from '../report/terminal-table';
import { probability, signed } from '../evaluation-page/paired-tests';

/** A comparison as lines for a terminal. */
export function comparisonLines(
  { benchmark, first, second, differences, common, models, warnings, ownWarnings }: Comparison,
  leaves: boolean,
): string[] {
  const shown = differences.filter(({ level }) => leaves || level !== 'leaf');
  const rows = [
    ['', 'n', first, second, 'difference', '95 %', 'only one right', 'p', ''],
    ...shown.map(({ name, questions, onlyFirst, onlySecond, says, ...figures }) => [
      name,
      String(questions),
      percent(figures.first),
      percent(figures.second),
      signed(figures.difference),
      `[${signed(figures.low)}, ${signed(figures.high)}]`,
      `${onlyFirst} / ${onlySecond}`,
      probability(figures.p),
      says,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column]!))));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => {
        const space = ' '.repeat(widths[column]! - displayWidth(text));
        return column === 0 || column === row.length - 1 ? text + space : space + text;
      })
      .join('  ')
      .trimEnd();
  return [
    `${benchmark}: ${second} against ${first}`,
    ...rows.map((row) => `  ${line(row)}`),
    ...factLines(
      [...Object.entries(common), [`model of ${first}`, models[0]], [`model of ${second}`, models[1]]],
      '    ',
    ),
    ...[...warnings, ...ownWarnings].map((warning) => `  warning: ${warning}`),
  ];
}
