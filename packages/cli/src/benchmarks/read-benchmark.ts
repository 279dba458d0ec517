import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileDigest } from '@moslora/checkpoint';
import {
  checkQuestions,
  pictureOf,
  readQuestions,
  tableOf,
  type QuestionRow,
  type QuestionTable,
} from '@moslora/evaluation';
import { fail, type Benchmark, type BenchmarkFile, type ImageRef, type Provenance } from '@moslora/specs';

/** A benchmark with its rows. */
export interface ReadBenchmark {
  benchmark: Benchmark;
  table: QuestionTable;
  data: Provenance['data'];
  /** Only the first questions; undefined: all. */
  limit?: number | undefined;
  /** What is odd about the files: another version than the published one. */
  warnings: string[];
  /** A row's picture; undefined where the benchmark has none. Read when asked for. @throws UserError for what is no base64 */
  picture(row: QuestionRow): ImageRef | undefined;
}

/** Reads a benchmark's rows and says which version of its files they are from. @throws UserError for what is wrong with them */
export async function readBenchmark(benchmark: Benchmark, paths: readonly string[]): Promise<ReadBenchmark> {
  const [first = ''] = paths.map((path) => resolve(path));
  const options = benchmark.asked === 'options';
  const shape = { columns: benchmark.columns, options, pictures: benchmark.pictures === 'embedded' };
  const table = benchmark.rows
    ? checkQuestions(tableOf(first, benchmark.rows(paths.map(readJsonFile), paths)), shape)
    : readQuestions(first, shape);
  const md5 = await digestOfAll(paths);
  const known = await Promise.all(
    benchmark.files.map((file, i) => versionOf(file, paths[i]!, paths.length === 1 ? md5 : undefined)),
  );
  const published = known.every((version) => version !== undefined) ? known[0] : undefined;
  const odd = benchmark.files.filter(({ hashes }, i) => hashes.length > 0 && known[i] === undefined);
  return {
    benchmark,
    table,
    data: { file: first, md5, ...(published === undefined ? {} : { published }) },
    warnings: odd.map(({ name }) => `${name} is another file than the published one (MD5 ${md5})`),
    picture: (row) => pictureIn(row, benchmark, dirname(first)),
  };
}

/** MD5 of files one after another, as `cat FILES | md5sum` gives it: questions and annotations both make a table what it is. */
async function digestOfAll(paths: readonly string[]): Promise<string> {
  const hash = createHash('md5');
  for (const path of paths) for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail({ what: 'a file of the benchmark is not valid JSON', where: path, got: (error as Error).message });
  }
}

/** Which published version a file is: `as published`, or what its hash's entry says. */
async function versionOf(
  { hashes }: BenchmarkFile,
  path: string,
  md5: string | undefined,
): Promise<string | undefined> {
  for (const { kind, digest, version } of hashes) {
    const found = kind === 'md5' && md5 !== undefined ? md5 : await fileDigest(path, kind);
    if (found === digest) return version ?? 'as published';
  }
  return undefined;
}

function pictureIn(row: QuestionRow, { pictures }: Benchmark, folder: string): ImageRef | undefined {
  if (pictures === 'none') return undefined;
  if (pictures === 'embedded') return pictureOf(row);
  const name = row.field('picture');
  if (name === undefined) fail({ what: 'a question without a picture', where: `index ${row.key}` });
  return { path: join(folder, name) };
}

/** A table in MMBench's format that no package knows, as a benchmark. */
export function unknownTable(path: string): Benchmark {
  const name = basename(path).replace(/\.(tsv|csv|xlsx)$/i, '');
  return {
    name,
    title: name,
    language: /(^|[._-])(cn|zh)([._-]|$)/i.test(name) ? 'cn' : 'en',
    licence: '',
    source: path,
    files: [],
    columns: ['A', 'B'],
    pictures: 'embedded',
    scorer: 'circular',
    asked: 'options',
    maxNewTokens: 16,
  };
}

/** The same under a name of one's own, which says its language too. */
export function ownTable(name: string, path: string): Benchmark {
  const [named, table] = [unknownTable(name), unknownTable(path)];
  return { ...table, name, title: name, language: named.language === 'cn' ? 'cn' : table.language };
}
