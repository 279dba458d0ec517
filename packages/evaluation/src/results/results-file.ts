import { writeFileAtomic } from '@moslora/checkpoint';
import type { QuestionVerdict } from '@moslora/specs';
import { writeDelimitedFile } from '../table/write-delimited';
import type { Scores } from '../scorers/circular/score-predictions';
import type { TableFacts } from './table-facts';

/** Scores as JSON, in the shape `moslora score --json` prints, and under `facts` what they rest on. */
export function writeScores(path: string, scores: Scores, facts: TableFacts): void {
  writeFileAtomic(path, `${JSON.stringify({ ...scores, facts }, null, 2)}\n`);
}

/** The score table as CSV, one line a split, fractions; behind the figures a column for each fact. */
export function writeScoreTable(path: string, scores: Scores, facts: TableFacts): void {
  const table = scores.table ?? [{ split: 'none', Overall: scores.overall }];
  const columns = Object.keys(table[0] ?? {});
  writeDelimitedFile(
    path,
    [...columns, ...Object.keys(facts)],
    table.map((row) => [...columns.map((column) => String(row[column] ?? '')), ...Object.values(facts)]),
  );
}

/**
 * One line a question: its score, and for each row of it what would have been right, what was read and what was answered; behind them a
 * column for each fact.
 */
export function writeQuestionResults(path: string, questions: readonly QuestionVerdict[], facts: TableFacts): void {
  const columns = ['index', 'question', 'split', 'category', 'l2-category', 'score', 'answers', 'read', 'predictions'];
  writeDelimitedFile(
    path,
    [...columns, ...Object.keys(facts)],
    questions.map(({ key, question, split, category, l2Category, score, rows }) => [
      ...[key, question, split ?? '', category ?? '', l2Category ?? '', String(score)],
      rows.map(({ answer }) => answer).join(' '),
      rows.map(({ read }) => read || '-').join(' '),
      JSON.stringify(rows.map(({ prediction }) => prediction)),
      ...Object.values(facts),
    ]),
  );
}
