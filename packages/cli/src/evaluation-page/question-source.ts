import { existsSync } from 'node:fs';
import { askedText, type PromptStyle } from '@moslora/evaluation';
import { UserError, type EvaluationResult, type ImageRef } from '@moslora/specs';
import { allBenchmarks } from '../benchmarks/all-benchmarks';
import { findFiles } from '../benchmarks/benchmark-places';
import { readBenchmark, unknownTable, type ReadBenchmark } from '../benchmarks/read-benchmark';
import { pictureIds } from '../evaluate/picture-ids';
import { anyResult, type PageRun } from './collect-page';

/** What a benchmark holds of a question beside its verdicts. */
export interface QuestionMatter {
  /** Tells its picture from others'. */
  id: string;
  /** @throws UserError where it cannot be read */
  image(): ImageRef | undefined;
  /** The text that models are asked in a prompt style; undefined where only the results are there. */
  asked?: ((style: PromptStyle) => string) | undefined;
}

export interface QuestionSource {
  matter(key: string): QuestionMatter | undefined;
  /** Whether a question has a picture that is not where it should be. */
  isGone(key: string): boolean;
  /** Why questions are without their pictures: what is not there, as a sentence. */
  missing?: string;
}

/** Where a benchmark's pictures are: files that the results name, else in the benchmark's own file. */
export async function questionSource(runs: readonly PageRun[], name: string): Promise<QuestionSource> {
  const files = new Map(
    runs.flatMap(({ questions }) =>
      (questions.get(name) ?? []).flatMap(({ key, picture }) =>
        picture === undefined ? [] : [[key, picture] as const],
      ),
    ),
  );
  if (files.size > 0) {
    const paths = [...new Set(files.values())];
    const gone = new Set(paths.filter((path) => !existsSync(path)));
    return {
      matter: (key) => {
        const path = files.get(key);
        return path === undefined ? undefined : { id: path, image: () => ({ path }) };
      },
      isGone: (key) => gone.has(files.get(key) ?? ''),
      ...(gone.size > 0 && { missing: `${gone.size} of ${paths.length} pictures are gone, ${[...gone][0]} the first` }),
    };
  }
  const read = await embedded(anyResult(runs, name));
  if (read === undefined || 'missing' in read)
    return { matter: () => undefined, isGone: () => read !== undefined, ...read };
  const rows = new Map(read.table.rows.map((row) => [row.key, row]));
  const keys = runs.flatMap(({ questions }) => (questions.get(name) ?? []).map(({ key }) => key));
  const strange = keys.filter((key) => !rows.has(key));
  const ids = pictureIds(read.table.rows, read.benchmark.scorer === 'circular');
  return {
    matter: (key) => {
      const row = rows.get(key);
      const id = ids.get(key);
      if (!row || id === undefined) return undefined;
      const { asked } = read.benchmark;
      return { id: `${name} ${id}`, image: () => read.picture(row), asked: (style) => askedText(row, asked, style) };
    },
    isGone: (key) => !rows.has(key),
    ...(strange.length > 0 && {
      missing: `${strange.length} of ${keys.length} questions are not in the benchmark's file`,
    }),
  };
}

/** The benchmark whose file holds its pictures: the one that was asked, else where it is found; undefined where it has none. */
async function embedded({
  benchmark: name,
  provenance,
}: EvaluationResult): Promise<ReadBenchmark | { missing: string } | undefined> {
  const known = (await allBenchmarks()).find(({ benchmark }) => benchmark.name === name)?.benchmark;
  if (known && known.pictures === 'none') return undefined;
  const { file } = provenance.data;
  const places: (() => string[])[] = [
    ...(existsSync(file) ? [() => [file]] : []),
    ...(known ? [() => findFiles(known, undefined, name)] : []),
  ];
  let missing = `the benchmark's file is gone: ${file}`;
  for (const place of places) {
    try {
      return await readBenchmark(known ?? unknownTable(file), place());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (existsSync(file)) missing = `the benchmark's file cannot be read: ${file}`;
    }
  }
  return { missing };
}
