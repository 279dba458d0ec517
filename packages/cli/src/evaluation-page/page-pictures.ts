import { existsSync } from 'node:fs';
import { thumbnail } from '@moslora/images';
import { UserError, type EvaluationResult, type ImageRef } from '@moslora/specs';
import { allBenchmarks } from '../benchmarks/all-benchmarks';
import { findFiles } from '../benchmarks/benchmark-places';
import { readBenchmark, unknownTable, type ReadBenchmark } from '../benchmarks/read-benchmark';
import { pictureIds } from '../evaluate/picture-ids';
import { anyResult, benchmarkNames, type PageRun } from './collect-page';
import type { PageData } from './page-data';

/** A picture of the page and the questions that are about it. */
interface Wanted {
  image: () => ImageRef | undefined;
  questions: PageData['questions'];
}

/** Above so many pictures they are made smaller, so that the page stays below 100 MB at 7,000. */
const MANY = 2500;

/**
 * Small pictures for the questions of a page, as WebP in base64; sets each question's `picture` to its place. Questions whose pictures are
 * not there, or cannot be read, have none.
 */
export async function pagePictures(
  runs: readonly PageRun[],
  data: PageData,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<string[]> {
  const wanted = new Map<string, Wanted>();
  for (const [place, name] of benchmarkNames(runs).entries()) {
    const source = await pictureSource(runs, name);
    for (const question of data.questions) {
      if (question.benchmark !== place) continue;
      const found = source(question.key);
      if (!found) continue;
      const known = wanted.get(found.id);
      if (known) known.questions.push(question);
      else wanted.set(found.id, { image: found.image, questions: [question] });
    }
  }
  const side = wanted.size > MANY ? 200 : 320;
  const pictures: string[] = [];
  let done = 0;
  for (const { image, questions } of wanted.values()) {
    const small = await smallPicture(image, side);
    onProgress((done += 1), wanted.size);
    if (small === undefined) continue;
    for (const question of questions) question.picture = pictures.length;
    pictures.push(small);
  }
  return pictures;
}

async function smallPicture(image: () => ImageRef | undefined, side: number): Promise<string | undefined> {
  try {
    const found = image();
    return found && (await thumbnail(found, side)).toString('base64');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

type Source = (key: string) => { id: string; image: () => ImageRef | undefined } | undefined;

/** Where a benchmark's pictures are: files that the results name, else in the benchmark's own file. */
async function pictureSource(runs: readonly PageRun[], name: string): Promise<Source> {
  const files = new Map(
    runs.flatMap(({ questions }) =>
      (questions.get(name) ?? []).flatMap(({ key, picture }) =>
        picture === undefined ? [] : [[key, picture] as const],
      ),
    ),
  );
  if (files.size > 0) {
    return (key) => {
      const path = files.get(key);
      return path === undefined ? undefined : { id: path, image: () => ({ path }) };
    };
  }
  const read = await embedded(anyResult(runs, name));
  if (!read) return () => undefined;
  const rows = new Map(read.table.rows.map((row) => [row.key, row]));
  const ids = pictureIds(read.table.rows, read.benchmark.scorer === 'circular');
  return (key) => {
    const row = rows.get(key);
    const id = ids.get(key);
    return row && id !== undefined ? { id: `${name} ${id}`, image: () => read.picture(row) } : undefined;
  };
}

/** The benchmark whose file holds its pictures: the one that was asked, else where it is found; undefined where neither is. */
async function embedded({ benchmark: name, provenance }: EvaluationResult): Promise<ReadBenchmark | undefined> {
  const known = (await allBenchmarks()).find(({ benchmark }) => benchmark.name === name)?.benchmark;
  if (known && known.pictures === 'none') return undefined;
  const { file } = provenance.data;
  const places: (() => string[])[] = [
    ...(existsSync(file) ? [() => [file]] : []),
    ...(known ? [() => findFiles(known, undefined, name)] : []),
  ];
  for (const place of places) {
    try {
      return await readBenchmark(known ?? unknownTable(file), place());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}
