import { InvalidArgumentError, type Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { print, type Io } from '../io';

interface Options {
  limit?: number;
  threads?: number;
  preset?: string;
  benchmark?: string;
  json?: boolean;
}

export function registerValidateData(program: Command, io: Io): void {
  program
    .command('validate-data')
    .description(
      'look at all data that stages train on before they do: pictures, slots, roles, answers, lengths, duplicates, leaks',
    )
    .argument('<pipeline>', 'folder with a pipeline.yaml, or the name of one in pipelines/')
    .argument('[stages...]', 'align or instruct stages; default: all')
    .option(
      '--benchmark <list>',
      "also look for pictures of these, as `evaluate` names them: names, NAME=PATH, tables in MMBench's format; those of the pipeline's score stages are looked for anyway",
    )
    .option('--limit <n>', 'look at the first n rows of each part only', positive)
    .option('--threads <n>', 'worker threads; default: one per processor', positive)
    .option('--preset <name>', 'preset of the pipeline; `none` for none')
    .option('--json', 'print JSON')
    .action((folder: string, stages: string[], options: Options) => validate(io, folder, stages, options));
}

async function validate(io: Io, folder: string, asked: readonly string[], options: Options): Promise<void> {
  const { openStageData } = await import('../inspect/stage-data');
  const { openPipeline } = await import('../stages/open-pipeline');
  const { Reporter } = await import('../progress/reporter');
  const { validateStage } = await import('../validate-data/validate-stage');
  const { validationLines } = await import('../validate-data/show-validation');
  const open = openPipeline(folder, options.preset);
  const tuning = Object.entries(open.pipeline.stages).filter(([, { kind }]) => kind === 'align' || kind === 'instruct');
  const names = asked.length > 0 ? asked : tuning.map(([name]) => name);
  const reporter = new Reporter({ write: (text) => io.err(text), isTTY: process.stderr.isTTY });
  const { testedPictures } = await import('../validate-data/tested-pictures');
  const more = options.benchmark?.split(',').filter((name) => name !== '') ?? [];
  const tests = await testedPictures(open, more, reporter);
  const validated: object[] = [];
  for (const name of names) {
    const data = await openStageData(open, name);
    let bar: ReturnType<typeof reporter.bar> | undefined;
    const label = `${open.name}:${name}`;
    const onProgress = (done: number, total: number): void => {
      bar ??= reporter.bar({ label, total, unit: 'check' });
      bar.update(done);
    };
    const { limit, threads } = options;
    const found = await validateStage(data, { limit, threads, tests, onProgress });
    if (process.stderr.isTTY) bar?.end();
    validated.push({ stage: name, ...found });
    if (!options.json) print(io, false, found, () => validationLines(found, label));
    if (found.findings.some(({ severity }) => severity === 'error')) io.exitCode = exitCodes.misuse;
  }
  if (options.json) print(io, true, { pipeline: open.name, preset: open.preset, stages: validated }, () => []);
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('must be a whole number, 1 or more');
}
