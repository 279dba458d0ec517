import type { Command } from 'commander';
import { commaList } from '../comma-list';
import { print, type Io } from '../io';
import type { Bar } from '../progress/reporter';
import { bytes } from '../progress/format';

interface DownloadFlags {
  revision: string;
  include: string[];
  exclude: string[];
  json?: boolean;
}

export function registerDownload(program: Command, io: Io): void {
  program
    .command('download')
    .description('get a model from the Hugging Face hub into its cache, where the other libraries find it, too')
    .argument('<repo>', 'owner/name')
    .option('--revision <revision>', 'branch, tag or commit', 'main')
    .option('--include <globs>', 'only these files, such as *.json,tokenizer*', commaList, [])
    .option('--exclude <globs>', 'not these files', commaList, [])
    .option('--json', 'print JSON, and the progress on stderr')
    .addHelpText(
      'after',
      '\nWeights in other formats are left where there are safetensors, unless --include names them. Files that were begun are' +
        '\ncontinued; every file is checked against the hash that the hub gives for it.' +
        '\nHF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_ENDPOINT and HF_HUB_OFFLINE mean what they mean elsewhere.',
    )
    .action(async (repo: string, { revision, include, exclude, json }: DownloadFlags) => {
      const { downloadRepo } = await import('@moslora/checkpoint');
      const { Reporter } = await import('../progress/reporter');
      const { Interrupted } = await import('../stages/stage');
      const { untilSignal } = await import('../stages/stop-signal');
      const reporter = new Reporter(process.stderr);
      let bar: Bar | undefined;
      const megabytes = (count: number): number => Math.round(count / 1e6);
      const result = await untilSignal(
        (signal) =>
          downloadRepo(repo, {
            ...{ revision, include, exclude, signal },
            log: (line) => reporter.log(line),
            onProgress: ({ done, total }) => {
              bar ??= reporter.bar({ label: repo, total: megabytes(total), unit: 'MB', start: megabytes(done) });
              bar.update(megabytes(done));
            },
          })
            .catch((error: unknown) => {
              throw signal.aborted ? new Interrupted('run the same command again; what came is kept') : error;
            })
            .finally(() => bar?.end()),
        (line) => reporter.log(line),
      );
      print(io, json, result, () => [
        `${result.files} files, ${bytes(result.bytes)} (${bytes(result.fetched)} fetched), commit ${result.commit}`,
        result.folder,
      ]);
    });
}
