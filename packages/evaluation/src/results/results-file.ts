import { writeFileAtomic } from '@moslora/checkpoint';
import type { QuestionVerdict } from '@moslora/specs';
import { writeDelimitedFile } from '../table/write-delimited';
import type { Scores } from '../scorers/circular/score-predictions';

/** Scores as JSON, in the shape `moslora score --json` prints. */
export function writeScores(path: string, scores: Scores): void {
  writeFileAtomic(path, `${JSON.stringify(scores, null, 2)}\n`);
}

/** The score table as CSV, one line a split, fractions. */
export function writeScoreTable(path: string, scores: Scores): void {
  const table = scores.table ?? [{ split: 'none', Overall: scores.overall }];
  const columns = Object.keys(table[0] ?? {});
  writeDelimitedFile(
    path,
    columns,
    table.map((row) => columns.map((column) => String(row[column] ?? ''))),
  );
}

/** One line a question: its score, and for each row of it what would have been right, what was read and what was answered. */
export function writeQuestionResults(path: string, questions: readonly QuestionVerdict[]): void {
  writeDelimitedFile(
    path,
    ['index', 'question', 'split', 'category', 'l2-category', 'score', 'answers', 'read', 'predictions'],
    questions.map(({ key, question, split, category, l2Category, score, rows }) => [
      ...[key, question, split ?? '', category ?? '', l2Category ?? '', String(score)],
      rows.map(({ answer }) => answer).join(' '),
      rows.map(({ read }) => read || '-').join(' '),
      JSON.stringify(rows.map(({ prediction }) => prediction)),
    ]),
  );
}
