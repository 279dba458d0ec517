import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { CsvError, parse } from 'csv-parse/sync';

/** A table of texts; every record has a value per column. */
export interface DelimitedFile {
  path: string;
  columns: string[];
  records: string[][];
}

const delimiterOf = (path: string): string => (path.toLowerCase().endsWith('.csv') ? ',' : '\t');

/**
 * Reads a tab-separated file (`.csv`: comma-separated) with a header line; values may be quoted and then hold line breaks.
 * @throws UserError with the line: no such file, a quote that never closes, a record with more or fewer values than the header.
 */
export function readDelimitedFile(path: string): DelimitedFile {
  if (!existsSync(path))
    fail({ what: 'no such file', where: path, expected: 'a tab-separated table with a header line' });
  let table: string[][];
  try {
    table = parse(readFileSync(path), {
      delimiter: delimiterOf(path),
      bom: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    fail({ what: 'the table is broken', where: `${path}:${error.lines}`, ...explain(error) });
  }
  const [columns, ...records] = table;
  if (columns === undefined || records.length === 0) {
    fail({
      what: 'the table is empty',
      where: path,
      got: columns === undefined ? 'no header line' : 'a header line only',
    });
  }
  return { path, columns, records };
}

function explain(error: CsvError): { got: string; expected?: string; fix?: string } {
  const record: unknown = error['record'];
  if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && Array.isArray(record)) {
    return {
      got: `a record of ${record.length} values, starting ${JSON.stringify(String(record[0]).slice(0, 40))}`,
      expected: 'as many as the header has',
      fix: 'the file may be cut short; tabs and line breaks inside a value need quotes around it',
    };
  }
  if (error.code === 'CSV_QUOTE_NOT_CLOSED')
    return { got: 'a quote that never closes', fix: 'the file may be cut short' };
  return { got: error.message };
}

/** Writes a table as a whole or not at all; values with tabs, quotes or line breaks are quoted, as Python's csv and pandas do. */
export function writeDelimitedFile(
  path: string,
  columns: readonly string[],
  records: Iterable<readonly string[]>,
): void {
  const delimiter = delimiterOf(path);
  const special = delimiter === ',' ? /[,"\r\n]/ : /[\t"\r\n]/;
  const line = (values: readonly string[]): string =>
    values.map((value) => (special.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(delimiter);
  writeFileAtomic(path, `${[columns, ...records].map(line).join('\n')}\n`);
}
