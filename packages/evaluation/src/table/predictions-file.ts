import { fail, type TableProvenance } from '@moslora/specs';
import { tableFacts, writeFactsBeside } from '../results/table-facts';
import { writeWorkbook, type CutCell } from '../xlsx/write-workbook';
import type { QuestionTable } from './question-table';
import { writeDelimitedFile } from './write-delimited';

/**
 * Writes answers as the MMBench server and other evaluators take them: every column of the question file but the picture, then
 * `prediction`; all rotations. An earlier `prediction` column is replaced. `.xlsx` makes a workbook, whose second sheet says what the answers
 * rest on; beside other files PATH.facts.json says it, since their columns are fixed.
 * @returns values that were cut to what a cell of a workbook holds
 * @throws UserError listing rows without an answer: a file with holes would count them as wrong.
 */
export function writePredictions(
  path: string,
  table: QuestionTable,
  predictions: ReadonlyMap<number, string>,
  provenance: TableProvenance,
): CutCell[] {
  requireAll(path, table, predictions);
  const kept = table.columns.flatMap((column, i) => (column === 'image' || column === 'prediction' ? [] : [i]));
  return write(
    path,
    provenance,
    [...kept.map((i) => table.columns[i] ?? ''), 'prediction'],
    table.rows.map((row) => [...kept.map((i) => row.values[i] ?? ''), predictions.get(row.index) ?? '']),
  );
}

/** Columns that MMBench's server takes no notice of, and LLaVA's converter leaves out. */
const LEFT_OUT = new Set([
  'hint',
  'category',
  'source',
  'image',
  'comment',
  'l2-category',
  'L2-category',
  'prediction',
]);

/**
 * Writes the file that is submitted to MMBench: index, question, the options, `prediction`, then what else the question file has but
 * LLaVA's converter leaves out; every rotation. What it rests on is said as for predictions.
 * @returns values that were cut to what a cell of a workbook holds
 * @throws UserError listing rows without an answer
 */
export function writeSubmission(
  path: string,
  table: QuestionTable,
  predictions: ReadonlyMap<number, string>,
  provenance: TableProvenance,
): CutCell[] {
  requireAll(path, table, predictions);
  const first = ['index', 'question', ...Array.from('ABCDEFGHIJ')].filter((column) => table.columns.includes(column));
  const rest = table.columns.filter((column) => !first.includes(column) && !LEFT_OUT.has(column));
  const value = (row: QuestionTable['rows'][number], column: string): string => {
    const text = row.values[table.columns.indexOf(column)] ?? '';
    return text === 'nan' || text === 'NaN' ? '' : text;
  };
  return write(
    path,
    provenance,
    [...first, 'prediction', ...rest],
    table.rows.map((row) => [
      ...first.map((column) => value(row, column)),
      predictions.get(row.index) ?? '',
      ...rest.map((column) => value(row, column)),
    ]),
  );
}

function write(
  path: string,
  provenance: TableProvenance,
  columns: readonly string[],
  records: readonly string[][],
): CutCell[] {
  if (path.toLowerCase().endsWith('.xlsx')) return writeWorkbook(path, columns, records, tableFacts(provenance));
  writeDelimitedFile(path, columns, records);
  writeFactsBeside(path, provenance);
  return [];
}

function requireAll(path: string, table: QuestionTable, predictions: ReadonlyMap<number, string>): void {
  const missing = table.rows.filter((row) => !predictions.has(row.index));
  if (missing.length === 0) return;
  fail({
    what: `${missing.length} of ${table.rows.length} questions have no prediction`,
    where: path,
    got: `none at index ${missing
      .slice(0, 5)
      .map((row) => row.key)
      .join(', ')}${missing.length > 5 ? ', …' : ''}`,
    fix: 'run the stage again: it goes on where it stopped',
  });
}
