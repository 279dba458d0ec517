import { closeSync, openSync, readSync } from 'node:fs';
import { fail } from '@moslora/specs';
import type { ByteRange } from './byte-range';
import { cellText, parseRecord } from './parse-record';

/** A value no longer than this is text even in a column that stays in the file. */
export const LONGEST_SHORT_VALUE = 64;

export interface ScannedRecord {
  /** A text per value; empty for those that stay in the file. */
  values: string[];
  /** Where those lie, by column. */
  ranges: Map<number, ByteRange>;
  /** Where the record starts. */
  line: number;
}

const WINDOW = 1 << 22;

/**
 * The records of a tab-separated file (`.csv`: comma-separated), empty lines left out. Files may have any size: a few megabytes are in
 * memory at a time, and of columns for which `stays` is true no value over 64 bytes.
 * @throws UserError for a quote that never closes
 */
export function* scanTable(
  path: string,
  stays: (column: number, record: number) => boolean,
): Generator<ScannedRecord, void> {
  const delimiter = path.toLowerCase().endsWith('.csv') ? 44 : 9;
  const file = openSync(path, 'r');
  let bytes = Buffer.allocUnsafe(WINDOW);
  let [offset, filled, at, line, count] = [0, 0, 0, 1, 0]; // `offset`: of the window in the file
  let last = false;
  const readMore = (): void => {
    if (at === 0 && filled === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(bytes.length)]);
    else {
      bytes.copyWithin(0, at, filled);
      [offset, filled, at] = [offset + at, filled - at, 0];
    }
    const got = readSync(file, bytes, filled, bytes.length - filled, offset + filled);
    last = got === 0;
    filled += got;
    if (offset === 0 && bytes.toString('latin1', 0, 3) === '\xef\xbb\xbf') at = 3; // byte-order mark
  };
  try {
    readMore();
    while (!last || at < filled) {
      const record = at < filled ? parseRecord(bytes, at, filled, delimiter, last) : undefined;
      if (!record) {
        if (last) neverCloses(path, line);
        readMore();
        continue;
      }
      const { cells, next } = record;
      const [only] = cells;
      const empty = cells.length === 1 && only!.end === only!.start && bytes[only!.start - 1] !== 34;
      if (!empty) {
        const ranges = new Map<number, ByteRange>();
        const values = cells.map((cell, column) => {
          const length = cell.end - cell.start;
          if (length <= LONGEST_SHORT_VALUE || !stays(column, count)) return cellText(bytes, cell);
          ranges.set(column, { path, start: offset + cell.start, length });
          return '';
        });
        yield { values, ranges, line };
        count += 1;
      }
      line += lines(bytes, at, next);
      at = next;
    }
  } finally {
    closeSync(file);
  }
}

function neverCloses(path: string, line: number): never {
  return fail({
    what: 'the table is broken',
    where: `${path}:${line}`,
    got: 'a quote that never closes',
    fix: 'the file may be cut short',
  });
}

function lines(bytes: Buffer, start: number, end: number): number {
  let count = 0;
  const record = bytes.subarray(start, end);
  for (let at = record.indexOf(10); at >= 0; at = record.indexOf(10, at + 1)) count += 1;
  return count;
}
