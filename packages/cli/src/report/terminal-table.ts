import { abilityAbbreviations } from '@moslora/evaluation';
import { percent, range } from './markup';
import { benchmarksOf, openBenchmarksOf, type ReportRun } from './report-data';
import { runWarnings } from './run-warnings';
import { sharedFacts } from './shared-facts';

/** Columns a string takes on a terminal: CJK and full-width characters take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
  return width;
}

/**
 * The scores of every run and benchmark, as lines for a terminal: one table for MMBench's kind, one for open questions; then what the figures
 * rest on, and what to be wary of.
 */
export function terminalTable(runs: readonly ReportRun[]): string {
  const tables = [
    ...(benchmarksOf(runs).length > 0 ? [abilityTable(runs)] : []),
    ...(openBenchmarksOf(runs).length > 0 ? [openTable(runs)] : []),
    ...factTable(runs),
    ...warningLines(runs),
  ];
  return tables.join('\n\n');
}

function factTable(runs: readonly ReportRun[]): string[] {
  const lines = sharedFacts(
    runs.flatMap(({ label, facts }) =>
      Object.entries(facts).map(([benchmark, each]) => ({ run: label, benchmark, facts: Object.entries(each) })),
    ),
  );
  return lines.length === 0 ? [] : [factLines(lines).join('\n')];
}

function warningLines(runs: readonly ReportRun[]): string[] {
  const lines = runWarnings(runs).map((warning) => `warning: ${warning}`);
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** Facts under each other, their values aligned. */
export function factLines(facts: readonly (readonly [name: string, value: string])[], indent = ''): string[] {
  const width = Math.max(...facts.map(([name]) => displayWidth(name)));
  return facts.map(([name, value]) => `${indent}${name}${' '.repeat(width - displayWidth(name))}  ${value}`);
}

/** Overall and the six abilities. */
function abilityTable(runs: readonly ReportRun[]): string {
  const header = ['CircularEval, %', '', 'Overall', '95 %', ...abilityAbbreviations];
  const rows = benchmarksOf(runs).flatMap((benchmark) =>
    runs.flatMap((run) => {
      const scores = run.scores[benchmark];
      if (!scores) return [];
      return [
        [
          run.label,
          benchmark.toUpperCase(),
          percent(scores.overall),
          range(scores.interval),
          ...abilityAbbreviations.map((ability) => percent(scores.abilities[ability])),
        ],
      ];
    }),
  );
  return table([header, ...rows]);
}

/** Accuracy by exact match, and how many questions that is of. */
function openTable(runs: readonly ReportRun[]): string {
  const rows = openBenchmarksOf(runs).flatMap((benchmark) =>
    runs.flatMap(({ label, open }) => {
      const scores = open[benchmark];
      return scores
        ? [
            [
              label,
              benchmark,
              percent(scores.accuracy),
              range(scores.interval),
              String(scores.right ?? '–'),
              String(scores.questions),
            ],
          ]
        : [];
    }),
  );
  return table([['Open questions, %', '', 'Accuracy', '95 %', 'Right', 'Of'], ...rows]);
}

/** Rows of equal length as aligned lines, the first underlined; the first two columns are text. */
function table(rows: readonly string[][]): string {
  const header = rows[0] as string[];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] as string))));
  const pad = (text: string, column: number) => {
    const space = ' '.repeat((widths[column] as number) - displayWidth(text));
    return column < 2 ? text + space : space + text;
  };
  const line = (row: string[]) => row.map(pad).join('  ').trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(header), rule, ...rows.slice(1).map(line)].join('\n');
}
