import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { commaList } from '../comma-list';
import { print, type Io } from '../io';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';
import type { MergedAnswers } from '../evaluate/merge-shards';
import type { FinishedBenchmark } from '../evaluate/finish-benchmark';
import { judgeOptions, rulesOption, type JudgeFlags, type Rules } from './scoring-options';

interface Flags extends JudgeFlags {
  out: string;
  benchmark?: string[];
  rules: Rules;
  page: boolean;
  json?: boolean;
}

export function registerMergeShards(program: Command, io: Io): void {
  const command = program
    .command('merge-shards')
    .description('put the answers of `evaluate --shard` together, and score them')
    .argument('<folders...>', 'folders that hold the shards')
    .requiredOption('--out <folder>', 'where answers and results go')
    .option(
      '--benchmark <names>',
      "NAME=PATH where a benchmark's file lies elsewhere than when it was asked",
      commaList,
    )
    .addOption(rulesOption())
    .option('--no-page', 'leave out report.html')
    .option('--json', 'print JSON: what came of each benchmark');
  judgeOptions(command).action((folders: string[], flags: Flags) => merge(folders, flags, io));
}

async function merge(folders: readonly string[], flags: Flags, io: Io): Promise<void> {
  const { AnswersFile, resultFiles } = await import('@moslora/evaluation');
  const { openAnswered } = await import('../benchmarks/open-benchmarks');
  const { askingWarnings } = await import('../evaluate/asking-warnings');
  const { whileAnswersLocked } = await import('../evaluate/lock-answers');
  const { findShards, mergeShards } = await import('../evaluate/merge-shards');
  const { finishBenchmark } = await import('../evaluate/finish-benchmark');
  const { judgeFrom } = await import('../evaluate/open-judge');
  const { resultLines } = await import('../evaluate/result-lines');
  const { writeEvaluationPage } = await import('../evaluation-page/write-page');
  const folder = resolve(flags.out);
  const merged: (MergedAnswers & { read: ReadBenchmark })[] = [];
  for (const [name, parts] of findShards(folders)) {
    const read = await openAnswered(name, parts[0]!.file.header.asked.data, flags.benchmark ?? []);
    merged.push({ read, ...mergeShards(parts, read) });
  }
  const write = async ({ read, header, rows }: MergedAnswers & { read: ReadBenchmark }): Promise<FinishedBenchmark> => {
    const path = join(folder, resultFiles.answers(read.benchmark.name));
    rmSync(path, { force: true });
    const answers = AnswersFile.open(path, header);
    answers.add(rows);
    const keys = new Set(rows.map(({ key }) => key));
    const asked = read.table.rows.filter(({ key }) => keys.has(key));
    const { rules } = flags;
    const warnings = askingWarnings(header.asked);
    const finish = { folder, rules, judge: judgeFrom(flags, folder), asked: header.asked, warnings };
    return finishBenchmark(read, asked, answers, finish);
  };
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const { done, page } = await whileAnswersLocked(folder, { doing: 'moslora merge-shards', log }, async () => {
    const done: FinishedBenchmark[] = [];
    for (const each of merged) done.push(await write(each));
    const scored = done.some(({ result }) => result);
    return { done, page: flags.page && scored ? await writeEvaluationPage([{ folder }], folder, { log }) : undefined };
  });
  print(io, flags.json, { folder, benchmarks: done, ...(page !== undefined && { page }) }, () => [
    ...done.flatMap((each) => [...resultLines(each), '']),
    `answers and results are in ${folder}`,
    ...(page === undefined ? [] : [`report: ${page}`]),
  ]);
}
