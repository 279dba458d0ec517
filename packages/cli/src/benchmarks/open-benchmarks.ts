import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { closestName, fail, tryAll, type Problem, type Provenance } from '@moslora/specs';
import { allBenchmarks, benchmarkByName } from './all-benchmarks';
import { findFiles } from './benchmark-places';
import { ownTable, readBenchmark, unknownTable, type ReadBenchmark } from './read-benchmark';

/**
 * The benchmarks that a list names: `mmbench_dev_en`, `mmbench_dev_en=PATH`, or the path of a table in MMBench's format, alone or with a
 * name of one's own before it, `heldout_en=PATH`.
 * @throws UserError with the problems of all of them
 */
export async function openBenchmarks(list: readonly string[], where: string): Promise<ReadBenchmark[]> {
  const opened: ReadBenchmark[] = [];
  await tryAll(list.map((entry) => async () => void opened.push(await openNamed(entry, where))));
  const names = opened.map(({ benchmark }) => benchmark.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fail({ what: `the benchmark \`${twice}\` is named twice`, where });
  return opened;
}

async function openNamed(entry: string, where: string): Promise<ReadBenchmark> {
  const [name = '', given] = existsSync(entry) ? [entry] : entry.split(/=(.*)/s);
  if (given === undefined && looksLikePath(name)) {
    if (!existsSync(name)) fail({ what: 'no such file', where, got: name, expected: "a table in MMBench's format" });
    return readBenchmark(unknownTable(name), [name]);
  }
  if (given !== undefined) {
    const known = (await allBenchmarks()).map(({ benchmark }) => benchmark.name);
    if (!known.includes(name.toLowerCase())) return openOwn(name, given, known, where);
  }
  const { benchmark } = await benchmarkByName(name, where);
  return readBenchmark(benchmark, findFiles(benchmark, given, where));
}

/** A table in MMBench's format under a name of one's own. */
async function openOwn(name: string, path: string, known: readonly string[], where: string): Promise<ReadBenchmark> {
  const problems: Problem[] = [];
  if (!/^[\w.-]+$/.test(name))
    problems.push({ what: 'no name for a benchmark', where, got: name, expected: 'letters, digits, `_`, `-` and `.`' });
  if (!existsSync(path) || !statSync(path).isFile())
    problems.push({ what: 'no such file', where, got: path, expected: `a table in MMBench's format for \`${name}\`` });
  if (problems.length > 0) fail(problems);
  const read = await readBenchmark(ownTable(name, path), [path]);
  const near = closestName(name, known);
  if (near === undefined) return read;
  const warning = `\`${name}\` is no benchmark that is known (${near} is): its file was read as a table in MMBench's format`;
  return { ...read, warnings: [...read.warnings, warning] };
}

/**
 * The benchmark that answers are to, by its name there.
 * @param data which file it was asked from
 * @param list `NAME=PATH` where that lies elsewhere now
 * @throws UserError where it is not there, or another than it was
 */
export async function openAnswered(
  name: string,
  data: Provenance['data'],
  list: readonly string[],
): Promise<ReadBenchmark> {
  const given = list.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  const path = given ?? (existsSync(data.file) ? data.file : undefined);
  const known = (await allBenchmarks()).find(({ benchmark }) => benchmark.name === name)?.benchmark;
  const where = `the answers to ${name}`;
  if (!known && path === undefined) {
    fail({
      what: 'the file that answers are to is not there',
      where,
      got: data.file,
      fix: `name it: --benchmark ${name}=PATH`,
    });
  }
  const benchmark = known ?? ownTable(name, path!);
  const folder = path !== undefined && benchmark.files.length > 1 && statSync(path).isFile() ? dirname(path) : path;
  const read = await readBenchmark(benchmark, findFiles(benchmark, folder, where));
  if (read.data.md5 === data.md5) return read;
  return fail({
    what: 'the file is another than the one that was asked',
    where: read.data.file,
    got: `MD5 ${read.data.md5}`,
    expected: data.md5,
    fix: `name the file that was asked: --benchmark ${name}=PATH`,
  });
}

const looksLikePath = (text: string): boolean => text !== basename(text) || /\.(tsv|csv|xlsx)$/i.test(text);
