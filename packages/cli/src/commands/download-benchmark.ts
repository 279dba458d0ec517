import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { commaList } from '../comma-list';
import { print, type Io } from '../io';
import { bytes } from '../progress/format';
import type { Bar } from '../progress/reporter';

interface Flags {
  into?: string;
  any?: boolean;
  json?: boolean;
}

/** `download-benchmark` and `benchmarks`: get published files, and say what there is. */
export function registerDownloadBenchmark(program: Command, io: Io): void {
  program
    .command('download-benchmark')
    .description('get the files of benchmarks from where they were published, checked against their published hashes')
    .argument('<names>', 'such as mmbench_dev_en,mmbench_dev_cn; `moslora benchmarks` lists them', commaList)
    .option('--into <folder>', 'where to; default: the cache, $XDG_CACHE_HOME/moslora/benchmarks')
    .option('--any', 'take a file of another hash than the published one, too; tables will say so')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA download that was interrupted goes on where it stopped. Files that are there and whole are left alone.',
    )
    .action((names: string[], flags: Flags) => download(names, flags, io));
  program
    .command('benchmarks')
    .description('list the benchmarks, how each is scored, and where its files are')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { listBenchmarks } = await import('../benchmarks/list-benchmarks');
      const known = await listBenchmarks();
      const width = Math.max(...known.map(({ name }) => name.length));
      print(io, json, known, () =>
        known.map(({ name, title, files }) => `${name.padEnd(width)}  ${title}${files ? `  ${files.join(', ')}` : ''}`),
      );
    });
}

async function download(names: readonly string[], { into, any, json }: Flags, io: Io): Promise<void> {
  const { Reporter } = await import('../progress/reporter');
  const { Interrupted } = await import('../stages/stage');
  const { untilSignal } = await import('../stages/stop-signal');
  const { benchmarkByName } = await import('../benchmarks/all-benchmarks');
  const { benchmarkCache } = await import('../benchmarks/benchmark-places');
  const { fetchBenchmark } = await import('../benchmarks/fetch-benchmark');
  const reporter = new Reporter(process.stderr);
  const folder = resolve(into ?? benchmarkCache());
  const wanted = await Promise.all(names.map((name) => benchmarkByName(name, 'the command line')));
  let bar: Bar | undefined;
  const fetched: { name: string; path: string; bytes: number; fetched: boolean }[] = [];
  await untilSignal(
    async (signal) => {
      for (const { benchmark } of wanted) {
        const onProgress = ({ done, total }: { done: number; total: number }): void => {
          const megabytes = (count: number): number => Math.round(count / 1e6);
          bar ??= reporter.bar({ label: benchmark.name, total: megabytes(total), unit: 'MB', start: megabytes(done) });
          bar.update(megabytes(done));
        };
        const files = await fetchBenchmark(benchmark, folder, { any: any === true, signal, onProgress }).catch(
          (error: unknown) => {
            throw signal.aborted ? new Interrupted('run the same command again; what came is kept') : error;
          },
        );
        bar?.end();
        bar = undefined;
        fetched.push(...files.map((file) => ({ ...file, name: benchmark.name })));
      }
    },
    (line) => reporter.log(line),
  );
  print(io, json, { folder, files: fetched }, () =>
    fetched.map(
      (file) => `${file.name}  ${bytes(file.bytes)}${file.fetched ? '' : ' (was there)'}  ${join(file.path)}`,
    ),
  );
}
