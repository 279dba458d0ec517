import { fail } from '@moslora/specs';
import type { Problem } from '@moslora/specs';
import { locateColumns } from './columns';
import { followReferences } from './pictures';
import { parseRow, type QuestionRow, type TableRow } from './question-row';
import { readTable, type Table } from './read-table';
import { writeDelimitedFile } from './write-delimited';

/** A table's rows; `R` is what is known of them. */
export interface QuestionTable<R extends QuestionRow = QuestionRow> {
  path: string;
  columns: string[];
  rows: R[];
}

export type MmbenchTable = QuestionTable;

/** How many problems are listed at most. */
const MOST = 20;

/**
 * Reads a question file in MMBench's official format (facts.md 4.1). Every row needs a picture, its own or another row's.
 * @throws UserError, up to 20 problems at once: columns, indices, options, answers, picture references.
 */
export function readMmbenchTsv(path: string): MmbenchTable {
  return readQuestions(path, { columns: ['A', 'B', 'image'], options: true, pictures: true });
}

/** What the rows of a question file must have. */
export interface QuestionShape {
  /** Columns beside index and question. */
  columns: readonly string[];
  /** Every row has two options or more, and an answer that is one of them (or none). */
  options: boolean;
  /** Every row has a picture in the column `image`, its own or another row's. */
  pictures: boolean;
}

/** Reads a question file of a benchmark in VLMEvalKit's columns. @throws UserError, up to 20 problems at once */
export function readQuestions(path: string, shape: QuestionShape): QuestionTable {
  return checkQuestions(readTable(path, ['image']), shape);
}

/** The rows of a table as questions. @throws UserError, up to 20 problems at once */
export function checkQuestions(table: Table, shape: QuestionShape): QuestionTable {
  const { path } = table;
  const read = rowsOf(table, ['index', 'question', ...shape.columns]);
  const problems = [
    ...read.rows.flatMap((row) => rowProblems(row, path, shape)),
    ...(shape.pictures ? followReferences(read.rows, path) : []),
  ];
  if (problems.length > 0) fail(problems.slice(0, MOST));
  return read;
}

/**
 * Reads a predictions file: question columns but the picture, and `prediction`.
 * @param needed columns that the benchmark's scoring reads
 * @throws UserError: columns (a file without `answer` can't be scored), indices, rows without an answer.
 */
export function readPredictions(path: string, needed: readonly string[] = ['A', 'B']): QuestionTable {
  const table = rowsOf(readTable(path, ['image']), ['index', ...needed, 'answer', 'prediction']);
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

function rowsOf({ path, columns, records }: Table, needed: readonly string[]): QuestionTable<TableRow> {
  const places = locateColumns(path, columns, needed);
  const rows: TableRow[] = [];
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  records.forEach((record, i) => {
    const row = parseRow(record, places, `${path}, record ${i + 1}`);
    if ('what' in row) {
      problems.push(row);
      return;
    }
    const before = seen.get(row.key);
    if (before !== undefined) {
      problems.push({
        what: 'two rows with one index',
        where: `${path}, records ${before} and ${i + 1}`,
        got: row.key,
      });
    }
    seen.set(row.key, i + 1);
    rows.push(row);
  });
  if (problems.length > 0) fail(problems.slice(0, MOST));
  return { path, columns, rows };
}

function rowProblems(row: TableRow, path: string, { options, pictures }: QuestionShape): Problem[] {
  const where = `${path}, index ${row.key}`;
  const letters = Object.keys(row.options);
  const problems: Problem[] = [];
  if (options && letters.length < 2) {
    problems.push({
      what: 'a question with fewer than two options',
      where,
      got: `options ${letters.join(', ') || '(none)'}`,
    });
  }
  if (options && row.answer !== undefined && !letters.includes(row.answer)) {
    problems.push({
      what: 'the answer is none of the options',
      where,
      got: row.answer,
      expected: `one of ${letters.join(', ')}`,
    });
  }
  if (pictures && !row.hasPicture)
    problems.push({ what: 'a question without a picture', where, expected: 'base64, or the index of a row with one' });
  return problems;
}
