import { Option, type Command } from 'commander';
import { print, type Io } from '../io';

export function registerScore(program: Command, io: Io): void {
  program
    .command('score')
    .description('score a predictions table: CircularEval, and the abilities of MMBench')
    .argument('<predictions>', 'table with the columns of MMBench and `prediction` (.tsv)')
    .addOption(
      new Option('--rules <rules>', 'how a letter is read from an answer')
        .choices(['current', '2024-06'])
        .default('current'),
    )
    .option('--json', 'print JSON')
    .action(async (path: string, { rules, json }: { rules: 'current' | '2024-06'; json?: boolean }) => {
      const { scorePredictions } = await import('@moslora/evaluation');
      const scores = scorePredictions(path, rules);
      print(io, json, scores, () => [
        `questions  ${scores.questions} (${scores.rows} rows, rules ${rules})`,
        `overall    ${percent(scores.overall)}  every rotation right`,
        `vanilla    ${percent(scores.vanilla)}  first rotation right`,
        ...(scores.table ?? []).map((row) =>
          Object.entries(row)
            .map(([key, value]) => (typeof value === 'number' ? `${key} ${percent(value)}` : String(value)))
            .join('  '),
        ),
      ]);
    });
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
