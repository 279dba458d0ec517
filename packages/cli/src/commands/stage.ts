import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerStage(program: Command, io: Io): void {
  program
    .command('stage')
    .description('run one stage of a pipeline, unless its outputs are up to date')
    .argument('<pipeline>', 'folder with a pipeline.yaml, such as pipelines/quickstart')
    .argument('<stage>', 'name of the stage')
    .option(
      '--preset <name>',
      'preset of the pipeline; `none` for none (default: MOSLORA_PRESET, or `wasm` on that backend)',
    )
    .option('--force', 'run it again from the start')
    .option('--json', 'print run.json at the end, and everything else on stderr')
    .action(async (folder: string, name: string, options: { preset?: string; force?: boolean; json?: boolean }) => {
      const { openPipeline } = await import('../stages/open-pipeline');
      const { runStage } = await import('../stages/run-stage');
      const { Reporter } = await import('../progress/reporter');
      const { untilSignal } = await import('../stages/stop-signal');
      const reporter = new Reporter(options.json ? process.stderr : process.stdout);
      const open = openPipeline(folder, options.preset);
      const outcome = await untilSignal(
        (signal) => runStage(open, name, { reporter, signal, force: options.force }),
        (line) => reporter.log(line),
      );
      if (options.json) print(io, true, outcome.run, () => []);
    });
}
