import { positionsTogether } from '@moslora/model-llava';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import { windowsOf, type Askable } from '../evaluate/windows';

/** A row with its prompt, a picture as one -200. */
export interface PromptedRow extends Askable {
  ids: readonly number[];
}

/**
 * Most positions that are in the decoder together when rows are answered in batches, in the order in which they are asked.
 * @param shares whether rows of a batch that begin alike share that
 */
export function mostTogether(
  rows: readonly PromptedRow[],
  { batchSize, patches, shares }: { batchSize: number; patches: number; shares: boolean },
): number {
  const pictures = new Map<string, number>();
  /** With ids of its own for each of a picture's patches, which no word has. */
  const widened = ({ ids, picture = '' }: PromptedRow): number[] => {
    if (!pictures.has(picture)) pictures.set(picture, pictures.size);
    const patch = IMAGE_TOKEN_INDEX - 1 - pictures.get(picture)!;
    return ids.flatMap((id) => (id === IMAGE_TOKEN_INDEX ? new Array<number>(patches).fill(patch) : [id]));
  };
  let most = 0;
  for (const window of windowsOf(rows, Infinity)) {
    for (let start = 0; start < window.length; start += batchSize) {
      const batch = window.slice(start, start + batchSize).map(widened);
      const apart = batch.length * Math.max(...batch.map(({ length }) => length));
      most = Math.max(most, shares ? positionsTogether(batch) : apart);
    }
  }
  return most;
}
