import { writeFileAtomic } from '@moslora/checkpoint';

/** Writes a table as a whole or not at all; values with tabs, quotes or line breaks are quoted, as Python's csv and pandas do. */
export function writeDelimitedFile(
  path: string,
  columns: readonly string[],
  records: Iterable<readonly string[]>,
): void {
  const delimiter = path.toLowerCase().endsWith('.csv') ? ',' : '\t';
  const special = delimiter === ',' ? /[,"\r\n]/ : /[\t"\r\n]/;
  const line = (values: readonly string[]): string =>
    values.map((value) => (special.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(delimiter);
  writeFileAtomic(path, `${[columns, ...records].map(line).join('\n')}\n`);
}
