import { fail } from '@moslora/specs';
import type { ImageRef, Problem } from '@moslora/specs';
import type { MmbenchRow } from './mmbench-row';

/** A picture column no longer than this holds another row's index. */
const LONGEST_REFERENCE = 64;

/** Puts the referred row's picture in place of every reference; returns what can't be followed. */
export function followReferences(rows: readonly MmbenchRow[], path: string): Problem[] {
  const byIndex = new Map(rows.map((row) => [row.index, row]));
  const problems: Problem[] = [];
  for (const row of rows) {
    let source: MmbenchRow | undefined = row;
    for (const seen = new Set<MmbenchRow>(); isReference(source?.image); source = byIndex.get(Number(source?.image))) {
      if (source === undefined || seen.has(source)) break;
      seen.add(source);
    }
    if (source?.image !== undefined && !isReference(source.image)) {
      row.image = source.image;
    } else if (row.image !== undefined) {
      problems.push({
        what: 'a picture reference that leads to no picture',
        where: `${path}, index ${row.index}`,
        got: row.image,
        expected: 'base64 of a picture, or the index of a row that has one',
      });
    }
  }
  return problems;
}

function isReference(image: string | undefined): image is string {
  return image !== undefined && image.length <= LONGEST_REFERENCE;
}

/** A row's picture, decoded from base64. @throws UserError when it is no base64. */
export function pictureOf(row: MmbenchRow): ImageRef {
  const text = row.image ?? '';
  if (text === '' || !/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) {
    fail({ what: 'the picture is not base64', where: `index ${row.index}`, got: JSON.stringify(text.slice(0, 40)) });
  }
  return { bytes: Buffer.from(text, 'base64') };
}
