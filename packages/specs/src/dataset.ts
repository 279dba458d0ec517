import type { z } from 'zod';
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
  /** Open questions of a split, where the dataset has any. */
  questions?(context: DatasetContext<Options>): AsyncIterable<OpenQuestion>;
}

export interface DatasetContext<Options = Record<string, unknown>> {
  root: string;
  split: string;
  options: Options;
}
