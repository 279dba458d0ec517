import { join } from 'node:path';
import { sha256File, writeFileAtomic } from '@moslora/checkpoint';
import {
  baseIndex,
  buildPrompt,
  circularEval,
  isExactMatch,
  pictureOf,
  readMmbenchTsv,
  scoreOpenAnswers,
  summarise,
  writePredictions,
  writeQuestionResults,
  writeScores,
  writeScoreTable,
  type MmbenchTable,
} from '@moslora/evaluation';
import { fail, type BenchmarkRef, type OpenQuestion, type StageConfigOf } from '@moslora/specs';
import type { StageContext } from '../stages/stage';
import type { Question } from './answer-questions';

type ScoreConfig = StageConfigOf<'score'>;

/** One benchmark of a score stage: its questions, and how answers become files and figures. */
export interface OpenBenchmark {
  name: string;
  questions: Question[];
  /** Writes predictions and results into the folder; gives the figures for run.json. */
  finish(answers: ReadonlyMap<string, string>, folder: string): Record<string, unknown>;
}

/** Reads a benchmark's questions. */
export async function openBenchmark(
  context: StageContext<ScoreConfig>,
  name: string,
  benchmark: BenchmarkRef,
): Promise<OpenBenchmark> {
  const limit = Math.min(benchmark.limit ?? Infinity, context.config.limit ?? Infinity);
  return benchmark.kind === 'mmbench'
    ? mmbench(name, context.input(benchmark.tsv), limit, context.config)
    : openQuestions(name, await questionsOf(context, benchmark, limit));
}

function mmbench(name: string, path: string, limit: number, { prompt, rules }: ScoreConfig): OpenBenchmark {
  const whole = readMmbenchTsv(path);
  const chosen = new Set([...new Set(whole.rows.map(baseIndex))].slice(0, limit));
  const table: MmbenchTable = { ...whole, rows: whole.rows.filter((row) => chosen.has(baseIndex(row))) };
  return {
    name,
    questions: table.rows.map((row) => ({
      key: String(row.index),
      text: buildPrompt(row, prompt),
      image: pictureOf(row),
    })),
    finish: (answers, folder) => {
      const predictions = new Map(table.rows.map((row) => [row.index, answers.get(String(row.index)) ?? '']));
      const rows = table.rows.map((row) => ({ ...row, prediction: predictions.get(row.index) ?? '' }));
      writePredictions(join(folder, `${name}.predictions.tsv`), table, predictions);
      const { questions, orphans } = circularEval(rows, rules);
      const scores = summarise(rows, questions);
      writeQuestionResults(join(folder, `${name}.questions.tsv`), questions);
      writeScores(join(folder, `${name}.scores.json`), scores);
      writeScoreTable(join(folder, `${name}.scores.csv`), scores);
      const { table: _, ...overall } = scores;
      return {
        kind: 'mmbench',
        prompt,
        rules,
        data: path,
        sha256: sha256File(path),
        orphans: orphans.length,
        ...overall,
      };
    },
  };
}

function openQuestions(name: string, questions: readonly OpenQuestion[]): OpenBenchmark {
  return {
    name,
    questions: questions.map(({ id, question, image }) => ({ key: id, text: question, image })),
    finish: (answers, folder) => {
      const lines = questions.map(({ id, question, image, answers: accepted }) => {
        const answer = answers.get(id) ?? '';
        const picture = 'path' in image ? image.path : undefined;
        return JSON.stringify({ id, picture, question, accepted, answer, right: isExactMatch(answer, accepted) });
      });
      writeFileAtomic(join(folder, `${name}.questions.jsonl`), lines.map((line) => `${line}\n`).join(''));
      return { kind: 'open', ...scoreOpenAnswers(questions, answers) };
    },
  };
}

async function questionsOf(
  context: StageContext<ScoreConfig>,
  benchmark: Extract<BenchmarkRef, { kind: 'open' }>,
  limit: number,
): Promise<OpenQuestion[]> {
  const { dataset, source } = await context.data(benchmark.data);
  if (!dataset.questions) {
    fail({
      what: `dataset \`${dataset.name}\` has no open questions`,
      where: context.where('benchmarks'),
      fix: 'choose another dataset',
    });
  }
  const questions: OpenQuestion[] = [];
  for await (const question of dataset.questions(source)) {
    if (questions.length >= limit) break;
    questions.push(question);
  }
  return questions;
}
