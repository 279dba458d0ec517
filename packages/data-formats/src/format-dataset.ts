import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail, UserError, type Dataset, type DatasetContext, type DatasetRow, type FormatName } from '@moslora/specs';
import type { DataFormat } from './format';
import { formats } from './formats';

/**
 * Own files as a dataset: `root` of its context is the file or folder, `split` only what they are called. A file that cannot be read to
 * its end counts as a row that says so, and the next one follows.
 */
export function formatDataset(name: FormatName, images?: string): Dataset {
  const format = formats[name];
  async function* rows({ root, options }: Pick<DatasetContext, 'root' | 'options'>): AsyncGenerator<DatasetRow> {
    for (const file of filesOf(root, format)) {
      try {
        yield* format.read(file, { images, options });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        yield { id: basename(file), problems: [...error.problems] };
      }
    }
  }
  return {
    name,
    card: { title: format.title, licence: 'as their owner says', source: 'files named in the pipeline' },
    options: format.options,
    rows,
    async *samples(context) {
      for await (const { sample, problems } of rows(context)) yield sample ?? fail(problems);
    },
  };
}

/** The file itself, or a folder's files of the format by name. @throws UserError for a folder without any */
export function filesOf(path: string, { extensions }: Pick<DataFormat, 'extensions'>): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path).filter((name) => extensions.some((end) => name.endsWith(end)));
  if (files.length === 0)
    fail({
      what: 'a folder holds no file of its format',
      where: path,
      expected: `files ending in ${extensions.join(', ')}`,
      fix: 'name the file itself, or correct `format`',
    });
  return files.sort().map((file) => join(path, file));
}

/** What own files are called in tables: the last part of their path. */
export function filesName(path: string): string {
  return basename(path);
}
