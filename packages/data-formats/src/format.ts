import type { DatasetRow, FormatName } from '@moslora/specs';
import type { z } from 'zod';

/** A way in which people keep training conversations in files: one folder here each. */
export interface DataFormat<Options = Record<string, unknown>> {
  name: FormatName;
  title: string;
  /** Ends of the names of its files, which a folder is searched for. */
  extensions: readonly string[];
  options: z.ZodType<Options>;
  /**
   * The rows of one file in their order, read as they are asked for. A row that is no sample comes with what is wrong with it.
   * @throws UserError where the file as a whole cannot be read
   */
  read(file: string, context: ReadContext<Options>): AsyncIterable<DatasetRow>;
}

export interface ReadContext<Options> {
  /** Where relative paths of pictures start; undefined: the file's own folder. */
  images: string | undefined;
  options: Options;
}
