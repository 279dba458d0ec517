import { InvalidArgumentError, type Command } from 'commander';
import type { Resume } from '@moslora/training';
import { print, type Io } from '../io';

interface StageOptions {
  preset?: string;
  force?: boolean;
  resume: Resume;
  json?: boolean;
}

export function registerStage(program: Command, io: Io): void {
  program
    .command('stage')
    .description('run one stage of a pipeline, unless its outputs are up to date')
    .argument('<pipeline>', 'folder with a pipeline.yaml, or the name of one in pipelines/')
    .argument('<stage>', 'name of the stage')
    .option(
      '--preset <name>',
      'preset of the pipeline; `none` for none (default: MOSLORA_PRESET, or `wasm` on that backend)',
    )
    .option('--force', 'run it again from the start')
    .option(
      '--resume <from>',
      'what an unfinished attempt goes on from: `auto`, the newest whole checkpoint; `never`, nothing; the step of a checkpoint',
      resumeFrom,
      'auto',
    )
    .option('--json', 'print run.json at the end, and everything else on stderr')
    .action(async (folder: string, name: string, options: StageOptions) => {
      const { openPipeline } = await import('../stages/open-pipeline');
      const { runStage } = await import('../stages/run-stage');
      const { Reporter } = await import('../progress/reporter');
      const { untilSignal } = await import('../stages/stop-signal');
      const reporter = new Reporter(options.json ? process.stderr : process.stdout);
      const open = openPipeline(folder, options.preset);
      const outcome = await untilSignal(
        (signal) => runStage(open, name, { reporter, signal, force: options.force, resume: options.resume }),
        (line) => reporter.log(line),
      );
      if (options.json) print(io, true, outcome.run, () => []);
    });
}

function resumeFrom(text: string): Resume {
  if (text === 'auto' || text === 'never') return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected auto, never, or the step of a checkpoint such as 150.');
}
