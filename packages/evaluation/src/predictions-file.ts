import { fail } from '@moslora/specs';
import { writeDelimitedFile } from './delimited-file';
import type { MmbenchTable } from './mmbench-tsv';

/**
 * Writes answers as the MMBench server and other evaluators take them: every column of the question file but the picture, then
 * `prediction`; all rotations. An earlier `prediction` column is replaced.
 * @throws UserError listing rows without an answer: a file with holes would count them as wrong.
 */
export function writePredictions(path: string, table: MmbenchTable, predictions: ReadonlyMap<number, string>): void {
  const missing = table.rows.filter((row) => !predictions.has(row.index));
  if (missing.length > 0) {
    fail({
      what: `${missing.length} of ${table.rows.length} questions have no prediction`,
      where: path,
      got: `none at index ${missing
        .slice(0, 5)
        .map((row) => row.index)
        .join(', ')}${missing.length > 5 ? ', …' : ''}`,
      fix: 'run the stage again: it goes on where it stopped',
    });
  }
  const kept = table.columns.flatMap((column, i) => (column === 'image' || column === 'prediction' ? [] : [i]));
  writeDelimitedFile(
    path,
    [...kept.map((i) => table.columns[i] ?? ''), 'prediction'],
    table.rows.map((row) => [...kept.map((i) => row.values[i] ?? ''), predictions.get(row.index) ?? '']),
  );
}
