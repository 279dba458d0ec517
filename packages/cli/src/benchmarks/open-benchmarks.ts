import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fail, tryAll } from '@moslora/specs';
import { benchmarkByName } from './all-benchmarks';
import { findFiles } from './benchmark-places';
import { readBenchmark, unknownTable, type ReadBenchmark } from './read-benchmark';

/**
 * The benchmarks that a list names: `mmbench_dev_en`, `mmbench_dev_en=PATH`, or the path of a table in MMBench's format.
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
  const [name = '', given] = entry.split(/=(.*)/s);
  if (given === undefined && looksLikePath(name)) {
    if (!existsSync(name)) fail({ what: 'no such file', where, got: name, expected: "a table in MMBench's format" });
    return readBenchmark(unknownTable(name), [name]);
  }
  const { benchmark } = await benchmarkByName(name, where);
  return readBenchmark(benchmark, findFiles(benchmark, given, where));
}

const looksLikePath = (text: string): boolean => text !== basename(text) || /\.(tsv|csv|xlsx)$/i.test(text);
