import { join } from 'node:path';
import {
  resultFiles,
  resultOf,
  scoredBy,
  scorers,
  writePredictions,
  writeResult,
  writeSubmission,
  type CutCell,
  type InferenceRules,
  type Judge,
  type QuestionRow,
} from '@moslora/evaluation';
import type { Asked, EvaluationResult, TableProvenance } from '@moslora/specs';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';
import { rulesWarnings } from './asking-warnings';

/** What came of rows. */
export interface RowAnswers {
  /** Empty where there is none. */
  answer(key: string): string;
  failed(): ReadonlyMap<string, string>;
}

export interface FinishOptions {
  folder: string;
  rules: InferenceRules;
  judge: Judge | undefined;
  asked: Asked;
  warnings: readonly string[];
}

/** What was made of a benchmark's answers. */
export interface FinishedBenchmark {
  benchmark: string;
  /** Absent where nothing could be scored; `notes` say why. */
  result?: EvaluationResult;
  /** Where there is no result: what the answers rest on, and what to be wary of. */
  unscored?: { provenance: TableProvenance; warnings: string[] };
  /** Rows that could not be asked. */
  failed: { key: string; reason: string }[];
  files: string[];
  notes: string[];
}

/** Writes predictions and, for MMBench, the file to submit; then scores, and writes the results. */
export async function finishBenchmark(
  read: ReadBenchmark,
  rows: readonly QuestionRow[],
  answers: RowAnswers,
  options: FinishOptions,
): Promise<FinishedBenchmark> {
  const { folder, rules, judge, asked } = options;
  const { benchmark, table } = read;
  const failed = failedOf(rows, answers);
  const finished: FinishedBenchmark = {
    benchmark: benchmark.name,
    failed,
    files: [],
    notes: [],
  };
  const provenance = { ...asked, ...scoredBy(benchmark.scorer, rules, judge) };
  writeTables(read, { ...table, rows: [...rows] }, answers, provenance, folder, finished);
  const warnings = warningsOf(read, options.warnings, rules);
  const why = notScored(read, rows, judge);
  if (why !== undefined) return { ...finished, notes: [...finished.notes, why], unscored: { provenance, warnings } };
  const scored = await resultOf(
    rows.map((row) => row.withPrediction(answers.answer(row.key))),
    {
      ...{ benchmark, rules, judge, provenance: asked },
      failed: new Map(failed.map(({ key, reason }) => [key, reason])),
      warnings,
      pictureFile: (row) => (benchmark.pictures === 'files' ? fileOf(read, row) : undefined),
    },
  );
  writeResult(folder, scored);
  return {
    ...finished,
    result: scored.result,
    files: [...finished.files, join(folder, resultFiles.result(benchmark.name))],
  };
}

/** What is odd about a benchmark's files, how it was asked, and how letters are read. */
export function warningsOf(
  { benchmark, warnings }: ReadBenchmark,
  asking: readonly string[],
  rules: InferenceRules,
): string[] {
  return [...warnings, ...asking, ...(scorers[benchmark.scorer].usesRules ? rulesWarnings(rules) : [])];
}

/** Those of the rows that could not be asked. */
export function failedOf(rows: readonly QuestionRow[], answers: RowAnswers): FinishedBenchmark['failed'] {
  const reasons = answers.failed();
  return rows.flatMap(({ key }) => {
    const reason = reasons.get(key);
    return reason === undefined ? [] : [{ key, reason }];
  });
}

function fileOf(read: ReadBenchmark, row: QuestionRow): string | undefined {
  const image = read.picture(row);
  return image && 'path' in image ? image.path : undefined;
}

function writeTables(
  { benchmark: { name, scorer } }: ReadBenchmark,
  table: ReadBenchmark['table'],
  answers: RowAnswers,
  provenance: TableProvenance,
  folder: string,
  { files, notes }: FinishedBenchmark,
): void {
  const predictions = new Map(table.rows.map((row) => [row.index, answers.answer(row.key)]));
  const write = (file: string, make: typeof writePredictions): void => {
    const path = join(folder, file);
    const cut = make(path, table, predictions, provenance);
    files.push(path);
    if (cut.length > 0) notes.push(cutNote(file, cut));
  };
  for (const ending of ['tsv', 'xlsx']) write(`${resultFiles.predictions(name)}.${ending}`, writePredictions);
  if (scorer !== 'circular') return;
  for (const ending of ['tsv', 'xlsx']) write(`${resultFiles.submission(name)}.${ending}`, writeSubmission);
}

function cutNote(file: string, cut: readonly CutCell[]): string {
  const cells = cut.slice(0, 5).map(({ column, row, length }) => `${column} of index ${row} (${length})`);
  return `${file}: ${cut.length} values were cut to the 32,767 characters that a cell holds: ${cells.join(', ')}${cut.length > 5 ? ', …' : ''}; the .tsv has them whole`;
}

/** Why answers are not scored; undefined where they are. */
function notScored(
  { benchmark }: ReadBenchmark,
  rows: readonly QuestionRow[],
  judge: Judge | undefined,
): string | undefined {
  const { name } = benchmark;
  const predictions = `${resultFiles.predictions(name)}.tsv`;
  if (rows.length === 0) return `${name}: no rows`;
  const without = rows.filter(({ answer }) => answer === undefined).length;
  if (without > 0)
    return `${name}: ${without} of ${rows.length} rows have no answer to score against; ${resultFiles.submission(name)}.xlsx is what is submitted`;
  if (scorers[benchmark.scorer].judge === 'required' && !judge)
    return `${name} is scored by a judge alone: its answers are in ${predictions}; npx moslora score ${predictions} --benchmark ${name} --judge URL scores them`;
  return undefined;
}
