import { fail } from '@moslora/specs';
import { baseIndex, type QuestionRow } from './question-row';

/** One of several parts of a benchmark that are asked apart; from 1. */
export interface ShardPlace {
  index: number;
  of: number;
}

/**
 * The rows of the first `limit` questions, and of these the shard's: question i (from 0) belongs to shard 1 + i mod N. All rows of a
 * question stay together.
 * @param rotations whether rows are rotations of questions (CircularEval), else each is a question
 */
export function chooseQuestions<R extends Pick<QuestionRow, 'index'>>(
  rows: readonly R[],
  rotations: boolean,
  { limit = Infinity, shard }: { limit?: number | undefined; shard?: ShardPlace | undefined } = {},
): R[] {
  const questionOf = rotations ? baseIndex : (row: Pick<QuestionRow, 'index'>): number => row.index;
  const place = new Map<number, number>();
  for (const row of rows) if (!place.has(questionOf(row))) place.set(questionOf(row), place.size);
  return rows.filter((row) => {
    const at = place.get(questionOf(row))!;
    return at < limit && (!shard || at % shard.of === shard.index - 1);
  });
}

/** `2/8`: the second of eight. @throws UserError */
export function parseShard(text: string): ShardPlace {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? [];
  const place = { index: Number(index), of: Number(of) };
  if (index !== undefined && place.index >= 1 && place.index <= place.of) return place;
  return fail({ what: 'no such shard', got: text, expected: 'K/N with K from 1 to N, such as 2/8' });
}
