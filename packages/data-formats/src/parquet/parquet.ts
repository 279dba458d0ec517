import { dirname } from 'node:path';
import { z } from 'zod';
import type { DataFormat } from '../format';
import { slotOption } from '../rows/options';
import { rowContent } from '../rows/row-content';
import { sampleOfRow } from '../rows/sample-of-row';
import { parquetRows } from './parquet-rows';

const options = z.strictObject({
  slots: slotOption,
  columns: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'what the file calls `id`, `image`, `images`, `conversations`, `messages`, `texts`, `question`, `answer` or `caption`',
    ),
});
type Options = z.infer<typeof options>;

/** Parquet with a conversation a row and its pictures embedded (`{ bytes, path }`, as Hugging Face's datasets keep them) or named. */
export const format: DataFormat<Options> = {
  name: 'parquet',
  title: 'Parquet with embedded pictures',
  extensions: ['.parquet'],
  options,
  async *read(file, { images, options: { slots, columns } }) {
    const folder = images ?? dirname(file);
    let index = 0;
    for await (const given of parquetRows(file, Object.values(columns))) {
      const row = {
        ...given,
        ...Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, given[column]])),
      };
      yield sampleOfRow(rowContent(row), { id: row['id'], index: index++, file, folder, slots });
    }
  },
};
