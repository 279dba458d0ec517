import { fail } from '@moslora/specs';
import type { ImageRef, Problem } from '@moslora/specs';
import type { MmbenchRow, TableRow } from './question-row';

/** Puts the referred row's picture in place of every reference; returns what can't be followed. */
export function followReferences(rows: readonly TableRow[], path: string): Problem[] {
  const byIndex = new Map(rows.map((row) => [row.index, row]));
  const problems: Problem[] = [];
  for (const row of rows) {
    const reference = row.refersTo;
    if (reference === undefined) continue;
    let source: TableRow | undefined = row;
    for (const seen = new Set<TableRow>(); source?.refersTo !== undefined && !seen.has(source);) {
      seen.add(source);
      source = byIndex.get(Number(source.refersTo));
    }
    if (source?.hasPicture && source.refersTo === undefined) row.takePictureOf(source);
    else {
      problems.push({
        what: 'a picture reference that leads to no picture',
        where: `${path}, index ${row.index}`,
        got: reference,
        expected: 'base64 of a picture, or the index of a row that has one',
      });
    }
  }
  return problems;
}

/** A row's picture, decoded from base64. @throws UserError when it is no base64. */
export function pictureOf(row: Pick<MmbenchRow, 'index' | 'image'>): ImageRef {
  const text = row.image ?? '';
  if (text === '' || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) {
    fail({ what: 'the picture is not base64', where: `index ${row.index}`, got: JSON.stringify(text.slice(0, 40)) });
  }
  return { bytes: Buffer.from(text, 'base64') };
}
