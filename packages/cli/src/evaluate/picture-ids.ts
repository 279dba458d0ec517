import { createHash } from 'node:crypto';
import { baseIndex, type QuestionRow } from '@moslora/evaluation';

/**
 * What tells each row's picture from others', by key. Rotations that refer to one picture share it as it is; where every rotation carries a
 * copy of its own, equal contents tell.
 */
export function pictureIds(rows: readonly QuestionRow[], rotations: boolean): Map<string, string | undefined> {
  const ids = new Map(rows.map((row) => [row.key, row.pictureId]));
  if (!rotations) return ids;
  const first = new Map<number, string | undefined>();
  const copied = new Set<number>();
  for (const row of rows) {
    const question = baseIndex(row);
    if (!first.has(question)) first.set(question, row.pictureId);
    else if (first.get(question) !== row.pictureId) copied.add(question);
  }
  for (const row of rows) {
    if (!copied.has(baseIndex(row))) continue;
    const { image } = row;
    if (image !== undefined) ids.set(row.key, createHash('sha256').update(image).digest('hex'));
  }
  return ids;
}
