import { byKind, rulesTable, type DifferingRow, type RulesComparison, type TableFacts } from '@moslora/evaluation';

/** Both tables, and every row that is read differently with the reason, as Markdown. */
export function rulesMarkdown(comparison: RulesComparison): string {
  const { rows, gained, lost, scores } = comparison;
  const { header, rows: lines } = rulesTable(comparison);
  const { questions, rows: count } = scores.current;
  const changed = (indices: readonly number[]): string =>
    indices.length === 0 ? '' : ` (index ${indices.join(', ')})`;
  return [
    table(header, lines),
    `${rows.length} of ${count} rows are read differently. Of ${questions} questions, \`current\` counts ${lost.length} no longer as right${changed(lost)}, and ${gained.length} newly${changed(gained)}.`,
    ...byKind(rows).flatMap((each) => [
      `**${each.rule}** ${each.rows.length} rows:`,
      table(['index', 'answer', 'right', '2024-06', 'current', 'why'], each.rows.map(cells)),
    ]),
  ].join('\n\n');
}

/** What the tables rest on, as one more. */
export const factsMarkdown = (facts: TableFacts): string => table(['fact', 'value'], Object.entries(facts));

const cells = ({ key, prediction, answer, before, now, why }: DifferingRow): string[] => [
  key,
  prediction.length > 70 ? `${prediction.slice(0, 40)} … ${prediction.slice(-20)}` : prediction,
  answer,
  before || '–',
  now || '–',
  why,
];

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (values: readonly string[]): string =>
    `| ${values.map((value) => value.replace(/\s+/g, ' ').replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
