import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import {
  evaluationResultSchema,
  fail,
  questionVerdictSchema,
  type EvaluationResult,
  type QuestionVerdict,
} from '@moslora/specs';
import { summarise } from '../scorers/circular/score-predictions';
import { writeDelimitedFile } from '../table/write-delimited';
import { JsonLines } from './json-lines';
import type { BenchmarkResult } from './result';
import { writeQuestionResults, writeScores, writeScoreTable } from './results-file';
import { tableFacts, writeFactsBeside } from './table-facts';

/** Names of what is written for a benchmark. */
export const resultFiles = {
  result: (name: string): string => `${name}.result.json`,
  questions: (name: string): string => `${name}.verdicts.jsonl`,
  measures: (name: string): string => `${name}.measures.csv`,
  table: (name: string): string => `${name}.scores.csv`,
  scores: (name: string): string => `${name}.scores.json`,
  list: (name: string): string => `${name}.questions.tsv`,
  predictions: (name: string): string => `${name}.predictions`,
  submission: (name: string): string => `${name}.submission`,
  answers: (name: string, shard?: string): string =>
    `${name}${shard === undefined ? '' : `.${shard.replace('/', '-of-')}`}.answers.jsonl`,
} as const;

/**
 * Writes NAME.verdicts.jsonl, NAME.questions.tsv (the same for spreadsheets), NAME.measures.csv (a line a figure, with its interval) and, for
 * multiple choice, NAME.scores.csv (a line a split, as VLMEvalKit's `*_acc.csv`) and NAME.scores.json (as `moslora score --json` prints),
 * then NAME.result.json: its presence says that the others are whole. Each says what it rests on.
 */
export function writeResult(folder: string, { result, questions }: BenchmarkResult): void {
  const at = (file: 'result' | 'questions' | 'measures' | 'table' | 'scores' | 'list'): string =>
    join(folder, resultFiles[file](result.benchmark));
  const { intervals: _, ...provenance } = result.provenance;
  const facts = tableFacts(provenance);
  rmSync(at('result'), { force: true });
  writeFileAtomic(at('questions'), questions.map((question) => `${JSON.stringify(question)}\n`).join(''));
  writeFactsBeside(at('questions'), provenance);
  writeDelimitedFile(
    at('measures'),
    ['split', 'level', 'name', 'value', 'low', 'high', 'most', 'questions', ...Object.keys(facts)],
    result.measures.map(({ split, level, name, value, low, high, most, questions: count }) => [
      ...[split, level, name],
      ...[value, low, high, most, count].map(String),
      ...Object.values(facts),
    ]),
  );
  writeQuestionResults(at('list'), questions, facts);
  if (result.scorer === 'circular' || result.scorer === 'options') {
    const scores = summarise(
      Array.from({ length: result.rows }),
      questions.map(({ score, rows, ...tags }) => ({ ...tags, hit: score === 1, vanillaHit: rows[0]?.score === 1 })),
    );
    writeScoreTable(at('table'), scores, facts);
    writeScores(at('scores'), scores, facts);
  }
  writeFileAtomic(at('result'), `${JSON.stringify(evaluationResultSchema.parse(result), null, 2)}\n`);
}

/** The benchmarks that a folder holds results of, by name. */
export function resultsIn(folder: string): EvaluationResult[] {
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.result.json')) : [];
  if (files.length === 0) {
    fail({
      what: 'no results here',
      where: folder,
      expected:
        'a folder with files such as mmbench_dev_en.result.json, as `moslora evaluate` and score stages leave them',
    });
  }
  return files.sort().map((file) => readJson(join(folder, file), evaluationResultSchema));
}

/** What came of every question of one of a folder's benchmarks. @throws UserError where that file is gone */
export function questionsIn(folder: string, benchmark: string): QuestionVerdict[] {
  const path = join(folder, resultFiles.questions(benchmark));
  if (!existsSync(path))
    fail({ what: 'the verdicts of a finished run are not there', where: path, fix: 'score it again' });
  return new JsonLines(path, questionVerdictSchema).read();
}
