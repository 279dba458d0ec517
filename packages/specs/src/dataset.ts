import type { z } from 'zod';
import type { Problem } from './problem';
import type { OpenQuestion, Sample } from './sample';

/** What a dataset package's default export is; found by name as `@moslora/dataset-<name>`. */
export interface Dataset<Options = Record<string, unknown>> {
  name: string;
  /** Shown in reports: licence, source, size. */
  card: { title: string; licence: string; source: string };
  /** Options a pipeline may give, with defaults and descriptions. */
  options: z.ZodType<Options>;
  /**
   * Makes or checks the dataset's files. `into` is an empty folder the stage owns (a temporary one, renamed when all went well);
   * `data` is the folder named by MOSLORA_DATA for datasets that read files as they come, else undefined. Where `signal` is aborted it throws the signal's reason soon.
   */
  prepare?(context: {
    into: string;
    data: string | undefined;
    options: Options;
    log(line: string): void;
    signal?: AbortSignal;
  }): Promise<void>;
  /** Training conversations of a split. `root` is the prepared folder, or the folder under MOSLORA_DATA. */
  samples(context: DatasetContext<Options>): AsyncIterable<Sample>;
  /**
   * As `samples`, in the same order, but a row that holds none comes as what is wrong with it, so that everything wrong can be listed and
   * the others kept. Datasets without it throw instead.
   */
  rows?(context: DatasetContext<Options>): AsyncIterable<DatasetRow>;
  /** Open questions of a split, where the dataset has any. */
  questions?(context: DatasetContext<Options>): AsyncIterable<OpenQuestion>;
}

/** One row of a dataset: a sample, or why it is none. */
export interface DatasetRow {
  /** The sample's id, or where the row stands. */
  id: string;
  sample?: Sample;
  problems: Problem[];
}

export interface DatasetContext<Options = Record<string, unknown>> {
  root: string;
  split: string;
  options: Options;
}
