import type { Command } from 'commander';
import type { Comparison } from '@moslora/evaluation';
import { print, type Io } from '../io';

export function registerCompare(program: Command, io: Io): void {
  program
    .command('compare')
    .description('test runs over the same questions against the first: McNemar, with intervals of the differences')
    .argument('<folders...>', 'folders with results, as `evaluate` and score stages leave them; LABEL=FOLDER names one')
    .option('--leaves', 'per leaf category too')
    .option('--json', 'print JSON')
    .action(async (folders: string[], { leaves, json }: { leaves?: boolean; json?: boolean }) => {
      const { fail } = await import('@moslora/specs');
      const { labelledFolder } = await import('../evaluate/labelled-folders');
      const { readRuns } = await import('../evaluation-page/collect-page');
      const { comparisonsOf } = await import('../evaluation-page/paired-tests');
      if (folders.length < 2)
        fail({
          what: 'nothing to compare with',
          where: 'the command line',
          got: folders.join(', '),
          expected: 'two folders or more',
        });
      const comparisons = comparisonsOf(readRuns(folders.map(labelledFolder)));
      if (comparisons.length === 0) fail({ what: 'the runs have no benchmark in common', where: folders.join(', ') });
      const { comparisonLines } = await import('../evaluate/comparison-lines');
      print(io, json, comparisons, () =>
        comparisons.flatMap((each: Comparison) => [...comparisonLines(each, leaves === true), '']),
      );
    });
}
