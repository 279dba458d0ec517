import { percent } from './markup';
import { abilities, benchmarksOf, type ReportRun } from './report-data';

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

/** Overall and the six abilities of every run and benchmark, as lines for a terminal. */
export function terminalTable(runs: readonly ReportRun[]): string {
  const header = ['CircularEval, %', '', 'Overall', ...abilities];
  const rows = benchmarksOf(runs).flatMap((benchmark) =>
    runs.flatMap((run) => {
      const scores = run.scores[benchmark];
      if (!scores) return [];
      return [
        [
          run.label,
          benchmark.toUpperCase(),
          percent(scores.overall),
          ...abilities.map((ability) => percent(scores.abilities[ability])),
        ],
      ];
    }),
  );
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => displayWidth(row[column] as string))),
  );
  const pad = (text: string, column: number) => {
    const space = ' '.repeat((widths[column] as number) - displayWidth(text));
    return column < 2 ? text + space : space + text;
  };
  const line = (row: string[]) => row.map(pad).join('  ').trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  return [line(header), rule, ...rows.map(line)].join('\n');
}
