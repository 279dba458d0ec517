import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerCompareRules(program: Command, io: Io): void {
  program
    .command('compare-rules')
    .description('score a predictions table by both rule sets, and say of every row that they read differently why')
    .argument('<predictions>', 'table with the columns of MMBench and `prediction` (.tsv, .csv or .xlsx)')
    .option('--json', 'print JSON; else Markdown')
    .action(async (path: string, { json }: { json?: boolean }) => {
      const { compareRules, scoredBy, tableFacts } = await import('@moslora/evaluation');
      const { factsMarkdown, rulesMarkdown } = await import('../evaluate/rules-markdown');
      const { knownOf } = await import('../evaluate/score-file');
      const comparison = compareRules(path);
      const { asked } = await knownOf(path);
      const facts = tableFacts({ ...asked, ...scoredBy('circular', 'current'), rules: '2024-06 and current' });
      print(io, json, { ...comparison, facts }, () => [rulesMarkdown(comparison), '', factsMarkdown(facts)]);
    });
}
