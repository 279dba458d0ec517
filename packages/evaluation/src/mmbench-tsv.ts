import { fail } from '@moslora/specs';
import type { Problem } from '@moslora/specs';
import { locateColumns } from './columns';
import { readDelimitedFile, writeDelimitedFile } from './delimited-file';
import { parseRow } from './mmbench-row';
import type { MmbenchRow } from './mmbench-row';
import { followReferences } from './pictures';

export interface MmbenchTable {
  path: string;
  columns: string[];
  rows: MmbenchRow[];
}

/**
 * Reads a question file in MMBench's official format (facts.md 4.1). Every row needs a picture, its own or another row's.
 * @throws UserError, up to 20 problems at once: columns, indices, options, answers, picture references.
 */
export function readMmbenchTsv(path: string): MmbenchTable {
  const table = readRows(path, ['index', 'question', 'A', 'B', 'image']);
  const problems = [...table.rows.flatMap((row) => rowProblems(row, path)), ...followReferences(table.rows, path)];
  if (problems.length > 0) fail(problems.slice(0, 20));
  return table;
}

/**
 * Reads a predictions file: question columns but the picture, and `prediction`.
 * @throws UserError: columns (a file without `answer` can't be scored), indices, rows without an answer.
 */
export function readPredictions(path: string): MmbenchTable {
  const table = readRows(path, ['index', 'A', 'B', 'answer', 'prediction']);
  const without = table.rows.filter((row) => row.answer === undefined);
  if (without.length > 0) {
    fail({
      what: `${without.length} of ${table.rows.length} rows have no answer to score against`,
      where: path,
      got: `nothing in the column answer at index ${without
        .slice(0, 5)
        .map((row) => row.index)
        .join(', ')}${without.length > 5 ? ', …' : ''}`,
      fix: 'test files come without answers: score a dev file, or one with the answers filled in',
    });
  }
  return table;
}

/** Writes question rows in MMBench's official format; `records` hold one text per column. */
export function writeMmbenchTsv(path: string, columns: readonly string[], records: Iterable<readonly string[]>): void {
  writeDelimitedFile(path, columns, records);
}

function readRows(path: string, needed: readonly string[]): MmbenchTable {
  const { columns, records } = readDelimitedFile(path);
  const places = locateColumns(path, columns, needed);
  const rows: MmbenchRow[] = [];
  const problems: Problem[] = [];
  const seen = new Map<number, number>();
  records.forEach((values, i) => {
    const row = parseRow(values, places, `${path}, record ${i + 1}`);
    if ('what' in row) {
      problems.push(row);
      return;
    }
    const before = seen.get(row.index);
    if (before !== undefined) {
      problems.push({
        what: 'two rows with one index',
        where: `${path}, records ${before} and ${i + 1}`,
        got: String(row.index),
      });
    }
    seen.set(row.index, i + 1);
    rows.push(row);
  });
  if (problems.length > 0) fail(problems.slice(0, 20));
  return { path, columns, rows };
}

function rowProblems(row: MmbenchRow, path: string): Problem[] {
  const where = `${path}, index ${row.index}`;
  const letters = Object.keys(row.options);
  const problems: Problem[] = [];
  if (letters.length < 2) {
    problems.push({
      what: 'a question with fewer than two options',
      where,
      got: `options ${letters.join(', ') || '(none)'}`,
    });
  }
  if (row.answer !== undefined && !letters.includes(row.answer)) {
    problems.push({
      what: 'the answer is none of the options',
      where,
      got: row.answer,
      expected: `one of ${letters.join(', ')}`,
    });
  }
  if (row.image === undefined)
    problems.push({ what: 'a question without a picture', where, expected: 'base64, or the index of a row with one' });
  return problems;
}
