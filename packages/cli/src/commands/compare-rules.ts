import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerCompareRules(program: Command, io: Io): void {
  program
    .command('compare-rules')
    .description('score a predictions table by both rule sets, and say of every row that they read differently why')
    .argument('<predictions>', 'table with the columns of MMBench and `prediction` (.tsv, .csv or .xlsx)')
    .option('--json', 'print JSON; else Markdown')
    .action(async (path: string, { json }: { json?: boolean }) => {
      const { compareRules } = await import('@moslora/evaluation');
      const { rulesMarkdown } = await import('../evaluate/rules-markdown');
      const comparison = compareRules(path);
      print(io, json, comparison, () => [rulesMarkdown(comparison)]);
    });
}
