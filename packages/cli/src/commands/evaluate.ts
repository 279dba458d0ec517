import { basename, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { commaList } from '../comma-list';
import { print, type Io } from '../io';
import { judgeOptions, rulesOption, wholeNumber, type JudgeFlags, type Rules } from './scoring-options';

interface Flags extends JudgeFlags {
  benchmark: string[];
  out?: string;
  limit?: number;
  shard?: string;
  strict?: boolean;
  retryFailed?: boolean;
  fresh?: boolean;
  prompt: 'vlmevalkit' | 'llava' | 'xtuner';
  rules: Rules;
  maxNewTokens?: number;
  batchSize: number;
  precision: 'auto' | 'float32' | 'bfloat16';
  blind?: boolean;
  system?: string;
  template?: string;
  tower?: string;
  base?: string;
  page: boolean;
  json?: boolean;
}

export function registerEvaluate(program: Command, io: Io): void {
  const command = program
    .command('evaluate')
    .description('ask a model the questions of benchmarks, and score its answers')
    .argument(
      '<model>',
      'folder of a model in any layout; or PIPELINE:STAGE such as quickstart:instruct, or its run: runs/quickstart/instruct',
    )
    .requiredOption(
      '--benchmark <names>',
      "such as mmbench_dev_en,mmbench_dev_cn; NAME=PATH for its file; or a table in MMBench's format, as PATH or NAME=PATH",
      commaList,
    )
    .option('--out <folder>', 'where answers and results go; default: runs/evaluate/MODEL')
    .option('--limit <count>', 'only the first questions of each benchmark, all rotations of each', wholeNumber)
    .option('--shard <k/n>', 'only every nth question, from the kth on; merge-shards puts them together')
    .option('--strict', 'stop at a row that cannot be asked; else it is a miss, with its reason')
    .option('--retry-failed', 'ask rows again that could not be asked earlier')
    .option('--fresh', 'throw away the answers that are there')
    .addOption(
      new Option('--prompt <style>', 'how a question with options is written')
        .choices(['vlmevalkit', 'llava', 'xtuner'])
        .default('vlmevalkit'),
    )
    .addOption(rulesOption())
    .option('--max-new-tokens <count>', "most tokens of an answer; default: the benchmark's", wholeNumber)
    .option('--batch-size <count>', 'rows asked together', wholeNumber, 16)
    .addOption(
      new Option('--precision <kind>', 'of matrix products; auto: bfloat16 where the processor multiplies in it')
        .choices(['auto', 'float32', 'bfloat16'])
        .default('auto'),
    )
    .option('--blind', 'blank every picture: what can be answered from the text alone')
    .option('--system <text>', 'system text')
    .option('--template <name>', 'chat template, where the one stored with the model is not meant')
    .option('--tower <folder>', 'the vision tower, where the folder does not hold it')
    .option('--base <folder>', 'the language model, where the folder does not hold it')
    .option('--no-page', 'leave out report.html')
    .option('--json', 'print JSON: what came of each benchmark');
  judgeOptions(command)
    .addHelpText(
      'after',
      '\nAnswers are written as they come: the same command goes on where an earlier one was stopped or killed.',
    )
    .action((model: string, flags: Flags) => run(model, flags, io));
}

async function run(model: string, flags: Flags, io: Io): Promise<void> {
  const { startEngine } = await import('@moslora/kernels');
  const { parseShard } = await import('@moslora/evaluation');
  const { openBenchmarks } = await import('../benchmarks/open-benchmarks');
  const { computingHere } = await import('../evaluate/computing-here');
  const { evaluate } = await import('../evaluate/evaluate');
  const { whileAnswersLocked } = await import('../evaluate/lock-answers');
  const { startOver } = await import('../evaluate/start-over');
  const { openAnswerer } = await import('../evaluate/open-answerer');
  const { judgeFrom } = await import('../evaluate/open-judge');
  const { resultLines } = await import('../evaluate/result-lines');
  const { writeEvaluationPage } = await import('../evaluation-page/write-page');
  const { Reporter } = await import('../progress/reporter');
  const { Interrupted } = await import('../stages/stage');
  const { untilSignal } = await import('../stages/stop-signal');
  const { usePrecision } = await import('../tuning/run-training');
  const reporter = new Reporter(process.stderr);
  const folder = resolve(flags.out ?? join('runs', 'evaluate', basename(model).replace(':', '-')));
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard);
  const benchmarks = await openBenchmarks(flags.benchmark, 'the command line');
  const log = (line: string): void => reporter.log(line);
  const ask = async (signal: AbortSignal) => {
    const { template, system, tower, base } = flags;
    const answerer = openAnswerer(model, { template, system, tower, base }, { reporter, signal });
    await startEngine({ log });
    log(`matrix products in ${usePrecision(flags.precision)}`);
    const { limit, strict, retryFailed, prompt, rules, maxNewTokens, batchSize } = flags;
    return whileAnswersLocked(folder, { doing: 'moslora evaluate', shard, log }, async () => {
      if (flags.fresh) startOver(folder, benchmarks, shard);
      const done = await evaluate({
        ...{ benchmarks, folder, limit, shard, strict, retryFailed, prompt, rules, maxNewTokens, batchSize },
        ...{ blind: flags.blind === true, judge: judgeFrom(flags, folder), reporter, signal },
        ...{ answerer, computed: computingHere() },
      });
      if (signal.aborted) throw new Interrupted('run the same command again; what was answered is kept');
      const scored = done.some(({ result }) => result);
      return {
        done,
        page: flags.page && scored ? await writeEvaluationPage([{ folder }], folder, { log }) : undefined,
      };
    });
  };
  const { done, page } = await untilSignal(ask, log);
  print(io, flags.json, { folder, benchmarks: done, ...(page !== undefined && { page }) }, () => [
    ...done.flatMap((each) => [...resultLines(each), '']),
    `answers and results are in ${folder}`,
    ...(page === undefined ? [] : [`report: ${page}`]),
  ]);
}
