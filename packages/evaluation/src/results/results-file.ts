import { writeFileAtomic } from '@moslora/checkpoint';
import type { QuestionResult } from '../scorers/circular/circular-eval';
import { writeDelimitedFile } from '../table/write-delimited';
import type { ScoreRow } from '../scorers/circular/ability-table';
import type { Scores } from '../scorers/circular/score-predictions';

/** Scores as JSON, in the shape `moslora score --json` prints. */
export function writeScores(path: string, scores: Scores): void {
  writeFileAtomic(path, `${JSON.stringify(scores, null, 2)}\n`);
}

/** The score table as CSV, one line a split, fractions. */
export function writeScoreTable(path: string, scores: Scores | readonly ScoreRow[]): void {
  const table = 'overall' in scores ? (scores.table ?? [{ split: 'none', Overall: scores.overall }]) : scores;
  const columns = Object.keys(table[0] ?? {});
  writeDelimitedFile(
    path,
    columns,
    table.map((row) => columns.map((column) => String(row[column] ?? ''))),
  );
}

/** One line a question: verdicts, and for each rotation what was answered, read and right. */
export function writeQuestionResults(path: string, questions: readonly QuestionResult[]): void {
  writeDelimitedFile(
    path,
    [
      'index',
      'question',
      'split',
      'category',
      'l2-category',
      'hit',
      'vanilla_hit',
      'answers',
      'inferred',
      'predictions',
    ],
    questions.map((question) => [
      String(question.index),
      question.question,
      question.split ?? '',
      question.category ?? '',
      question.l2Category ?? '',
      question.hit ? '1' : '0',
      question.vanillaHit ? '1' : '0',
      question.rotations.map(({ answer }) => answer).join(' '),
      question.rotations.map(({ inferred }) => inferred || '-').join(' '),
      JSON.stringify(question.rotations.map(({ prediction }) => prediction)),
    ]),
  );
}
