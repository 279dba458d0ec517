import { statSync } from 'node:fs';
import { fail } from '@moslora/specs';
import type { ByteRange } from './byte-range';
import { scanTable } from './scan-table';
import { readSheet } from '../xlsx/read-sheet';

/** A table of texts; every record has a value per column. */
export interface Table {
  path: string;
  columns: string[];
  records: TableRecord[];
}

export interface TableRecord {
  values: readonly string[];
  /** Long values of columns that stay in the file, by column. */
  ranges?: ReadonlyMap<number, ByteRange>;
}

/**
 * Reads a tab-separated file (`.csv`: comma-separated; `.xlsx`: its first sheet) with a header line.
 * @param inFile columns whose long values stay in the file (pictures)
 * @throws UserError with the line: no such file, a quote that never closes, a record with more or fewer values than the header.
 */
export function readTable(path: string, inFile: readonly string[] = []): Table {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there?.isFile()) {
    const got = there ? { got: 'a folder' } : {};
    fail({ what: 'no such file', where: path, ...got, expected: 'a tab-separated table with a header line' });
  }
  const table = path.toLowerCase().endsWith('.xlsx') ? fromSheet(path) : fromText(path, inFile);
  if (table.columns.length === 0 || table.records.length === 0) {
    fail({
      what: 'the table is empty',
      where: path,
      got: table.columns.length === 0 ? 'no header line' : 'a header line only',
    });
  }
  return table;
}

function fromText(path: string, inFile: readonly string[]): Table {
  let columns: string[] = [];
  const records: TableRecord[] = [];
  let staying: boolean[] = [];
  for (const { values, ranges, line } of scanTable(path, (column, record) => record > 0 && staying[column] === true)) {
    if (columns.length === 0) {
      columns = values;
      staying = columns.map((name) => inFile.includes(name));
    } else if (values.length !== columns.length) {
      fail({
        what: 'the table is broken',
        where: `${path}:${line}`,
        got: `a record of ${values.length} values, starting ${JSON.stringify((values[0] ?? '').slice(0, 40))}`,
        expected: `as many as the header has (${columns.length})`,
        fix: 'the file may be cut short; tabs and line breaks inside a value need quotes around it',
      });
    } else records.push(ranges.size > 0 ? { values, ranges } : { values });
  }
  return { path, columns, records };
}

/** Cells that a spreadsheet leaves out at the end of a row are empty. */
function fromSheet(path: string): Table {
  const [columns = [], ...rows] = readSheet(path);
  const records = rows
    .filter((row) => row.some((value) => value !== ''))
    .map((row) => ({ values: columns.map((_, i) => row[i] ?? '') }));
  return { path, columns, records };
}
