import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { print, type Io } from '../io';

interface Flags {
  out: string;
  title?: string;
  pictures: boolean;
  json?: boolean;
}

/** A page's path; browsers open no other name as a page. @throws InvalidArgumentError */
function pagePath(text: string): string {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return join(text, 'report.html');
  if (!/\.html?$/i.test(text)) throw new InvalidArgumentError('It must be a folder, or end in .html.');
  return text;
}

export function registerReport(program: Command, io: Io): void {
  program
    .command('report')
    .description('one page about up to six runs: scores with intervals, tests, radars, and every question')
    .argument('<folders...>', 'folders with results, as `evaluate` and score stages leave them; LABEL=FOLDER names one')
    .option('--out <file>', 'the page, or a folder for its report.html', pagePath, 'report.html')
    .option('--title <text>', 'its heading')
    .option('--no-pictures', 'leave the pictures out')
    .option('--json', 'print JSON: where the page is')
    .action(async (folders: string[], { out, title, pictures, json }: Flags) => {
      const { labelledFolder } = await import('../evaluate/labelled-folders');
      const { writeEvaluationPage } = await import('../evaluation-page/write-page');
      const { Reporter } = await import('../progress/reporter');
      const path = resolve(out);
      const bar = new Reporter(process.stderr);
      let shown: ReturnType<typeof bar.bar> | undefined;
      const page = await writeEvaluationPage(folders.map(labelledFolder), dirname(path), {
        ...{ title, pictures, name: basename(path) },
        log: (line) => bar.log(line),
        onProgress: (done, total) => {
          shown ??= bar.bar({ label: 'pictures', total, unit: 'picture' });
          shown.update(done);
        },
      });
      shown?.end();
      print(io, json, { page }, () => [page]);
    });
}
