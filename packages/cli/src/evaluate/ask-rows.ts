import type { AnsweredRow, QuestionRow } from '@moslora/evaluation';
import { UserError } from '@moslora/specs';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';
import type { Answerer, OpenModel } from './answerer';
import { reasonOf } from './reason';

/** How rows are asked, whatever they are asked for. */
export interface AskOptions {
  answerer: Answerer;
  model: OpenModel;
  read: ReadBenchmark;
  /** Rows asked together. */
  batchSize: number;
  signal: AbortSignal;
  /** Told what came of rows, as it comes. */
  add(rows: readonly AnsweredRow[]): void;
}

/** Why a row is not asked: prompt and answer have more positions than the model can tell apart; undefined where they fit. */
export function tooLong({ speaker }: OpenModel, prompt: number, answer = 0): string | undefined {
  const { maxPositions } = speaker.decoder.config;
  if (prompt + answer <= maxPositions) return undefined;
  const longer = answer > 0 ? ` and an answer of up to ${answer}` : '';
  return `too long: ${prompt} positions${longer}, where the model has ${maxPositions}`;
}

/** What `make` makes of every row; a row for which it gives or throws a reason instead is told of as failed. */
export function madeOf<T extends object>(
  rows: readonly QuestionRow[],
  make: (row: QuestionRow) => T | string,
  add: AskOptions['add'],
): T[] {
  return rows.flatMap((row) => {
    const made = orReason(() => make(row));
    if (typeof made !== 'string') return [made];
    add([{ key: row.key, failed: made }]);
    return [];
  });
}

function orReason<T>(make: () => T | string): T | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) return reasonOf(error);
    throw error;
  }
}

/**
 * Asks items in batches; where a batch fails, each of its items alone.
 * @param answer gives an answer per item of a batch
 */
export async function inBatches<T extends { key: string }>(
  items: readonly T[],
  { batchSize, signal, add }: Pick<AskOptions, 'batchSize' | 'signal' | 'add'>,
  answer: (batch: readonly T[]) => Promise<string[]>,
): Promise<void> {
  const tried = async (batch: readonly T[]): Promise<AnsweredRow[] | UserError> => {
    try {
      const answers = await answer(batch);
      return batch.map(({ key }, i) => ({ key, answer: answers[i] ?? '' }));
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  };
  for (let start = 0; start < items.length && !signal.aborted; start += batchSize) {
    const batch = items.slice(start, start + batchSize);
    const answered = await tried(batch);
    if (!(answered instanceof UserError)) add(answered);
    else {
      for (const item of batch) {
        const alone = await tried([item]);
        add(alone instanceof UserError ? [{ key: item.key, failed: reasonOf(alone) }] : alone);
      }
    }
    // Lets signals in between batches.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
