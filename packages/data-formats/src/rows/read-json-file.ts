import { dirname } from 'node:path';
import type { DatasetRow } from '@moslora/specs';
import type { ReadContext } from '../format';
import { kindOf } from './conversations';
import { jsonRows } from './json-rows';
import type { SlotOptions } from './options';
import { sampleOfRow, type RowContent } from './sample-of-row';

/** The rows of a JSON or JSONL file, each taken apart by `content`. */
export async function* readJsonFile(
  file: string,
  { images, options }: ReadContext<SlotOptions>,
  content: (row: Record<string, unknown>) => RowContent,
): AsyncGenerator<DatasetRow, void, undefined> {
  const folder = images ?? dirname(file);
  for await (const { index, value, error } of jsonRows(file)) {
    const isRow = typeof value === 'object' && value !== null && !Array.isArray(value);
    const broken =
      error !== undefined
        ? { what: 'a row is not valid JSON', got: error }
        : { what: 'a row is no object', got: kindOf(value) };
    const row = isRow ? (value as Record<string, unknown>) : {};
    yield sampleOfRow(isRow ? content(row) : { turns: [], pictures: [], problems: [broken] }, {
      id: row['id'],
      index,
      file,
      folder,
      slots: options.slots,
    });
  }
}
