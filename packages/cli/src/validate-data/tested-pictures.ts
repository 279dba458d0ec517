import { type ImageRef, UserError } from '@moslora/specs';
import { openBenchmarks } from '../benchmarks/open-benchmarks';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';
import { reasonOf } from '../evaluate/reason';
import { stageBenchmark } from '../evaluate/stage-benchmarks';
import type { Reporter } from '../progress/reporter';
import type { OpenPipeline } from '../stages/open-pipeline';
import { stageContext } from '../stages/stage-context';

/** A benchmark's pictures, each once. */
export interface TestedPictures {
  /** As tables of findings call it. */
  data: string;
  rows: number;
  /** Each with the first row that shows it. */
  pictures: { key: string; image: ImageRef }[];
}

/** Benchmarks that the training data must not know. */
export interface Tests {
  tested: TestedPictures[];
  /** Those that are not there, with the reason. */
  unread: { data: string; reason: string }[];
}

/**
 * The pictures that a pipeline's score stages ask about, and those of `more` (names, NAME=PATH, or paths of tables). A benchmark of the
 * pipeline that is not there yet is noted, one of `more` is an error.
 * @throws UserError for what is wrong with the tables of `more`
 */
export async function testedPictures(open: OpenPipeline, more: readonly string[], reporter: Reporter): Promise<Tests> {
  const tests: Tests = { tested: [], unread: [] };
  const seen = new Set<string>();
  for (const [stage, config] of Object.entries(open.pipeline.stages)) {
    if (config.kind !== 'score') continue;
    const context = stageContext(open, stage, config, { reporter, signal: new AbortController().signal });
    for (const [name, reference] of Object.entries(config.benchmarks)) {
      const same = JSON.stringify({ ...reference, limit: undefined });
      if (seen.has(same)) continue;
      seen.add(same);
      try {
        tests.tested.push(picturesOf(name, await stageBenchmark(context, name, reference)));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        tests.unread.push({ data: name, reason: reasonOf(error) });
      }
    }
  }
  for (const read of await openBenchmarks(more, '--benchmark'))
    tests.tested.push(picturesOf(read.benchmark.name, read));
  return tests;
}

/** Rows that share a picture give it once, rotations of a question as a rule. */
function picturesOf(data: string, { table, picture }: ReadBenchmark): TestedPictures {
  const known = new Set<string>();
  const pictures = table.rows.flatMap((row) => {
    if (row.pictureId !== undefined && known.has(row.pictureId)) return [];
    if (row.pictureId !== undefined) known.add(row.pictureId);
    const image = picture(row);
    return image === undefined ? [] : [{ key: row.key, image }];
  });
  return { data, rows: table.rows.length, pictures };
}
