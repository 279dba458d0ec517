import type { QuestionRow } from '../table/question-row';
import { tagsOf, type RowVerdict, type Verdict } from './verdict';

/** What came of a row, with what it says of itself. */
export function rowVerdict(
  row: Pick<QuestionRow, 'key' | 'prediction' | 'answer'>,
  found: Pick<RowVerdict, 'read' | 'score' | 'by'> & { answer?: string },
  failed?: ReadonlyMap<string, string>,
): RowVerdict {
  const reason = failed?.get(row.key);
  return {
    key: row.key,
    prediction: row.prediction ?? '',
    read: found.read,
    answer: found.answer ?? row.answer ?? '',
    score: found.score,
    by: found.by,
    ...(reason === undefined ? {} : { failed: reason }),
  };
}

/** A question of one row. */
export function plainVerdict(
  row: QuestionRow,
  found: Pick<RowVerdict, 'read' | 'score' | 'by'> & { answer?: string },
  failed?: ReadonlyMap<string, string>,
): Verdict {
  return {
    key: row.key,
    question: row.question,
    score: found.score,
    ...tagsOf(row),
    rows: [rowVerdict(row, found, failed)],
  };
}
