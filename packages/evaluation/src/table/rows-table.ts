import type { BenchmarkColumns } from '@moslora/specs';
import type { Table } from './read-table';

/** Rows given as texts by column as a table: the columns in the order in which they first come. */
export function tableOf(path: string, rows: readonly BenchmarkColumns[]): Table {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { path, columns, records: rows.map((row) => ({ values: columns.map((column) => row[column] ?? '') })) };
}
