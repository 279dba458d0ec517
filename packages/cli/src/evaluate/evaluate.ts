import { join } from 'node:path';
import {
  AnswersFile,
  chooseQuestions,
  resultFiles,
  scoredBy,
  scorers,
  type InferenceRules,
  type Judge,
  type QuestionRow,
  type ShardPlace,
} from '@moslora/evaluation';
import { fail } from '@moslora/specs';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';
import type { Reporter } from '../progress/reporter';
import type { Answerer, OpenModel } from './answerer';
import { askLikelihoods } from './ask-likelihoods';
import { askTexts } from './ask-texts';
import { askingWarnings } from './asking-warnings';
import { failedOf, finishBenchmark, warningsOf, type FinishedBenchmark } from './finish-benchmark';
import { howAsked, limitOf, newTokens, type Asking } from './how-asked';
import { strictly } from './strict';

export interface EvaluateOptions extends Asking {
  answerer: Answerer;
  benchmarks: readonly ReadBenchmark[];
  /** Where files go. */
  folder: string;
  rules: InferenceRules;
  judge?: Judge | undefined;
  batchSize: number;
  /** Ask only this part of every benchmark; nothing is scored then. */
  shard?: ShardPlace | undefined;
  /** Stop at the first row that cannot be asked. */
  strict?: boolean | undefined;
  /** Ask rows again that could not be asked earlier. */
  retryFailed?: boolean | undefined;
  /** What to do where answers that are there were made otherwise, by the fact that differs; default: what `moslora evaluate` offers. */
  mend?: ((fact: string) => string) | undefined;
  reporter: Reporter;
  signal: AbortSignal;
}

/** What came of a benchmark. */
export interface EvaluatedBenchmark extends FinishedBenchmark {
  rows: number;
  /** Rows that were asked now; the others had been before. */
  asked: number;
  seconds: number;
}

/**
 * Asks a model every row of the benchmarks that was not asked before, and scores them. Answers are written as they come; where the
 * signal is aborted it returns soon, with what is whole.
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluatedBenchmark[]> {
  const { answerer, benchmarks, signal } = options;
  const plans = [];
  for (const read of benchmarks) plans.push(await plan(read, options));
  let model: OpenModel | undefined;
  const done: EvaluatedBenchmark[] = [];
  try {
    for (const { read, rows, open, answers, asked, warnings } of plans) {
      const began = performance.now();
      if (open.length > 0) {
        model ??= await answerer.open();
        await ask(read, open, rows.length, model, answers, options);
      }
      if (signal.aborted) break;
      const seconds = (performance.now() - began) / 1000;
      const about = { rows: rows.length, asked: open.length, seconds };
      const { folder, rules, judge } = options;
      if (options.shard) {
        const provenance = { ...asked, ...scoredBy(read.benchmark.scorer, rules, judge) };
        const unscored = { provenance, warnings: warningsOf(read, warnings, rules) };
        done.push({ ...partOf(read, rows, answers, options.shard), unscored, ...about });
      } else {
        const finish = { folder, rules, judge, asked, warnings };
        done.push({ ...(await finishBenchmark(read, rows, answers, finish)), ...about });
      }
    }
  } finally {
    model?.dispose();
  }
  return done;
}

/** A benchmark's rows, and what is there of their answers. @throws UserError where those were made otherwise */
async function plan(read: ReadBenchmark, options: EvaluateOptions) {
  const { answerer, folder, shard } = options;
  const { benchmark } = read;
  if (benchmark.pictures !== 'none' && !answerer.seesPictures && !options.blind) {
    fail({
      what: `the model takes no pictures, and the questions of \`${benchmark.name}\` are about some`,
      where: answerer.name,
      fix: 'name a model whose model_type is llava; or give --blind to ask the texts alone',
    });
  }
  const rows = chooseQuestions(read.table.rows, benchmark.scorer === 'circular', {
    limit: limitOf(read, options),
    shard,
  });
  const asked = await howAsked(answerer, read, options);
  const place = shard && `${shard.index}/${shard.of}`;
  const path = join(folder, resultFiles.answers(benchmark.name, place));
  if (options.retryFailed) AnswersFile.forgetFailed(path);
  const header = { format: 1, benchmark: benchmark.name, ...(place !== undefined && { shard: place }), asked } as const;
  const answers = AnswersFile.open(path, header, options.mend);
  const from = asked.template && !asked.template.stored ? answerer.voice().from : undefined;
  const open = rows.filter(({ key }) => !answers.has(key));
  return { read, rows, open, answers, asked, warnings: askingWarnings(asked, from) };
}

async function ask(
  read: ReadBenchmark,
  open: readonly QuestionRow[],
  total: number,
  model: OpenModel,
  answers: AnswersFile,
  options: EvaluateOptions,
): Promise<void> {
  const { answerer, batchSize, signal, reporter, blind, prompt, strict } = options;
  const { benchmark } = read;
  let done = total - open.length;
  if (done > 0) reporter.log(`${benchmark.name}: ${done} of ${total} rows were asked before`);
  const bar = reporter.bar({ label: benchmark.name, total, unit: 'row', start: done });
  const add: typeof answers.add = (rows) => {
    answers.add(rows);
    bar.update((done += rows.length));
  };
  const asking = { answerer, model, read, batchSize, signal, add: strict ? strictly(add, benchmark.name) : add };
  try {
    if (scorers[benchmark.scorer].asks === 'likelihoods') await askLikelihoods(open, asking);
    else {
      const texts = { voice: answerer.voice(), prompt, maxNewTokens: newTokens(read, options), blind };
      await askTexts(open, { ...asking, ...texts });
    }
  } finally {
    bar.end();
  }
}

/** A shard's rows are whole: nothing to score yet. */
function partOf(
  { benchmark: { name } }: ReadBenchmark,
  rows: readonly QuestionRow[],
  answers: AnswersFile,
  shard: ShardPlace,
): FinishedBenchmark {
  return {
    benchmark: name,
    failed: failedOf(rows, answers),
    files: [answers.path],
    notes: [
      `${name}: shard ${shard.index}/${shard.of} is whole; once all ${shard.of} are: npx moslora merge-shards FOLDERS --out FOLDER`,
    ],
  };
}
