import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { dataRoots, fail, listNames, type Benchmark } from '@moslora/specs';

/** Where `download-benchmark` puts files: `$XDG_CACHE_HOME/moslora/benchmarks`, else `~/.cache/moslora/benchmarks`. */
export function benchmarkCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'moslora', 'benchmarks');
}

/** Folders in which a benchmark's files are looked for: those of MOSLORA_DATA, VLMEvalKit's (LMUData), and the cache. */
export function benchmarkPlaces(env: NodeJS.ProcessEnv = process.env): string[] {
  const data = env['MOSLORA_DATA'] ? dataRoots(env['MOSLORA_DATA']) : [];
  return [
    ...data.flatMap((folder) => [join(folder, 'benchmarks'), folder]),
    env['LMUData'] || join(homedir(), 'LMUData'),
    benchmarkCache(env),
  ];
}

/** Paths of a benchmark's files in a folder, where all are there. */
export function filesIn(folder: string, { files }: Benchmark): string[] | undefined {
  const paths = files.map(({ name }) => join(folder, name));
  return paths.every((path) => existsSync(path)) ? paths : undefined;
}

/**
 * Paths of a benchmark's files.
 * @param given the file, or for several files their folder, where a person named it
 * @throws UserError that says where they were looked for and how to come by them
 */
export function findFiles(benchmark: Benchmark, given: string | undefined, where: string): string[] {
  const { name, files, source } = benchmark;
  if (given !== undefined) {
    if (!existsSync(given))
      fail({ what: 'nothing lies at this path', where, got: given, expected: `the file of ${name}` });
    if (files.length <= 1 && statSync(given).isFile()) return [given];
    return (
      filesIn(given, benchmark) ??
      fail({
        what: `the files of \`${name}\` are not all there`,
        where: given,
        expected: listNames(files.map((file) => file.name)),
        fix: source,
      })
    );
  }
  const places = benchmarkPlaces();
  const found = places.map((place) => filesIn(place, benchmark)).find((paths) => paths !== undefined);
  return (
    found ??
    fail({
      what: `the files of the benchmark \`${name}\` are not there`,
      where: listNames(places),
      expected: listNames(files.map((file) => file.name)),
      fix: files.every(({ url }) => url !== undefined)
        ? `npx moslora download-benchmark ${name}, or name the file: --benchmark ${name}=PATH`
        : `${source}; then name the folder: --benchmark ${name}=FOLDER`,
    })
  );
}
