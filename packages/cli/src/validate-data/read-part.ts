import { UserError, type DatasetRow } from '@moslora/specs';
import type { OpenPart } from '../tuning/mixture';

/**
 * The rows of a part, at most `limit` of them, broken ones included. Where the dataset cannot give those one by one, all that is wrong with
 * it comes as one row, and there are no others.
 */
export async function readPart(
  { dataset, source, part }: OpenPart,
  limit = part.limit ?? Infinity,
): Promise<DatasetRow[]> {
  const rows: DatasetRow[] = [];
  try {
    if (dataset.rows) {
      for await (const row of dataset.rows(source)) {
        if (rows.length >= limit) break;
        rows.push(row);
      }
      return rows;
    }
    for await (const sample of dataset.samples(source)) {
      if (rows.length >= limit) break;
      rows.push({ id: sample.id, sample, problems: [] });
    }
    return rows;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [...rows, { id: '(the whole)', problems: [...error.problems] }];
  }
}
