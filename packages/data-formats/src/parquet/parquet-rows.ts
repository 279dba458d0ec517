import { open } from 'node:fs/promises';
import { fail, listNames } from '@moslora/specs';
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type AsyncBuffer } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Rows decoded at a time: few, since each may hold pictures. */
const atOnce = 64;

/**
 * The rows of a Parquet file, some at a time. Texts come as texts; what the schema marks as no text, such as the bytes of pictures, as bytes.
 * @throws UserError where the file is no Parquet, or lacks one of the columns `wanted`
 */
export async function* parquetRows(
  file: string,
  wanted: readonly string[],
): AsyncGenerator<Record<string, unknown>, void, undefined> {
  const handle = await open(file);
  try {
    const buffer = await asyncBuffer(handle);
    const metadata = await parquetMetadataAsync(buffer).catch((error: unknown) => noParquet(file, error));
    const known = parquetSchema(metadata).children.map(({ element }) => element.name);
    const missing = wanted.filter((column) => !known.includes(column));
    if (missing.length > 0)
      fail({
        what: 'the Parquet file lacks columns',
        where: file,
        got: listNames(known),
        expected: listNames(missing),
        fix: 'correct options.columns',
      });
    let groupStart = 0;
    for (const { num_rows: rows } of metadata.row_groups) {
      const groupEnd = groupStart + Number(rows);
      for (let rowStart = groupStart; rowStart < groupEnd; rowStart += atOnce) {
        const rowEnd = Math.min(groupEnd, rowStart + atOnce);
        yield* await parquetReadObjects({
          file: buffer,
          metadata,
          compressors,
          utf8: false,
          useOffsetIndex: true,
          rowStart,
          rowEnd,
        }).catch((error: unknown) => noParquet(file, error));
      }
      groupStart = groupEnd;
    }
  } finally {
    await handle.close();
  }
}

async function asyncBuffer(handle: Awaited<ReturnType<typeof open>>): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new ArrayBuffer(end - start);
      await handle.read(new Uint8Array(bytes), 0, end - start, start);
      return bytes;
    },
  };
}

function noParquet(file: string, error: unknown): never {
  return fail({
    what: 'the file cannot be read as Parquet',
    where: file,
    got: error instanceof Error ? error.message : String(error),
    fix: 'get the file again, or correct `format`',
  });
}
