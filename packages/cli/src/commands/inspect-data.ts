import { InvalidArgumentError, type Command } from 'commander';
import { exitCodes } from '../exit-codes';
import { print, type Io } from '../io';

interface Options {
  samples: number;
  limit?: number;
  preset?: string;
  json?: boolean;
}

export function registerInspectData(program: Command, io: Io): void {
  program
    .command('inspect-data')
    .description('show what a stage trains on: decoded samples with the trained tokens marked, lengths, what is masked')
    .argument('<pipeline>', 'folder with a pipeline.yaml, or the name of one in pipelines/')
    .argument('<stage>', 'an align or instruct stage')
    .option('--samples <n>', 'samples to show', count, 3)
    .option('--limit <n>', 'look at the first n samples of each dataset only', count)
    .option('--preset <name>', 'preset of the pipeline; `none` for none')
    .option('--json', 'print JSON')
    .action((folder: string, stage: string, options: Options) => inspect(io, folder, stage, options));
}

async function inspect(io: Io, folder: string, stage: string, options: Options): Promise<void> {
  const { formatProblem } = await import('@moslora/specs');
  const { renderLabels } = await import('@moslora/tokenization');
  const { inspectData } = await import('../inspect/data-report');
  const { marksFor, reportLines } = await import('../inspect/show-report');
  const { openStageData } = await import('../inspect/stage-data');
  const { openPipeline } = await import('../stages/open-pipeline');
  const open = openPipeline(folder, options.preset);
  const data = await openStageData(open, stage);
  const report = await inspectData(data, options);
  const { tokenizer, template, options: how, warnings } = data;
  const plain = marksFor(false);
  const json = {
    pipeline: open.name,
    stage,
    preset: open.preset,
    template: template.name,
    tokenizer: tokenizer.path,
    positionsPerPicture: how.patchesPerSlot,
    maxLength: how.maxLength,
    ...report,
    samples: report.samples.map(({ encoded, ...sample }) => ({
      ...sample,
      text: renderLabels(tokenizer, encoded, plain),
      ...encoded,
    })),
    warnings,
  };
  const about = [
    `${open.name}:${stage}: template ${template.name}, ${how.patchesPerSlot} positions a picture, at most ${how.maxLength} a sample`,
    `tokenizer ${tokenizer.path}`,
    ...warnings.map((problem) => `warning: ${formatProblem(problem)}`),
  ];
  const marks = marksFor(process.stdout.isTTY && !process.env['NO_COLOR']);
  print(io, options.json, json, () => reportLines(report, tokenizer, marks, about));
  if (report.problems.length === 0) return;
  io.err(`${report.problems.slice(0, mostShown).map(formatProblem).join('\n')}\n`);
  const hidden = report.problems.length - mostShown;
  if (hidden > 0) io.err(`and ${hidden} more samples with problems\n`);
  io.exitCode = exitCodes.misuse;
}

/** How many broken samples are shown. */
const mostShown = 20;

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('must be a whole number, 0 or more');
}
