import { InvalidArgumentError, type Command } from 'commander';
import { print, type Io } from '../io';

interface Flags {
  pipeline: string;
  preset?: string;
  seeds: number;
  steps?: number;
  score: boolean;
  only?: string;
  json?: boolean;
}

export function registerStudy(program: Command, io: Io): void {
  program
    .command('study')
    .description(
      'train a pipeline’s tuning stage in several ways over several seeds, and compare: mixer-init, methods, samples',
    )
    .argument(
      '<kind>',
      'mixer-init: every start of the mixer; methods: LoRA, two-subspaces, MoSLoRA; samples: 10 to 100 %',
    )
    .option('--pipeline <pipeline>', 'name under pipelines/, or a folder', 'quickstart')
    .option('--preset <name>', 'preset of the pipeline')
    .option('--seeds <count>', 'runs of every variant, from 1 to 10', wholeFrom(1, 10), 3)
    .option(
      '--steps <count>',
      'optimiser steps of every run, with as much less data; default: the pipeline’s',
      wholeFrom(1),
    )
    .option('--score', 'ask the benchmarks of every run too', false)
    .option('--only <run>', 'make this run alone, such as identity-seed1')
    .option('--json', 'print JSON')
    .action(async (kind: string, flags: Flags) => {
      const { planStudy } = await import('../study/study-plan');
      const { ChildFailed, runOne, runStudy } = await import('../study/run-study');
      const { tableLines } = await import('../study/study-table');
      const { Reporter } = await import('../progress/reporter');
      const { untilSignal } = await import('../stages/stop-signal');
      const { pipeline, preset, seeds, steps, score, only } = flags;
      const study = planStudy({ kind, pipeline, preset, seeds, steps, score });
      if (only !== undefined)
        await checkRun(
          only,
          study.runs.map(({ name }) => name),
        );
      const reporter = new Reporter(flags.json ? process.stderr : process.stdout);
      const command = commandOf(kind, flags);
      try {
        const result = await untilSignal(
          async (signal) => {
            if (only === undefined) return runStudy(study, { reporter, signal, command });
            await runOne(study, only, { reporter, signal, command });
            return undefined;
          },
          (line) => reporter.log(line),
        );
        if (result)
          print(io, flags.json, result, () => [
            result.title,
            ...result.facts,
            '',
            ...result.tables.flatMap(tableLines),
            result.page,
          ]);
      } catch (error) {
        if (!(error instanceof ChildFailed)) throw error;
        io.err(`${error.message}; the finished runs are kept, and the same command goes on\n`);
        io.exitCode = error.code;
      }
    });
}

/** The arguments that make the same study again. */
function commandOf(kind: string, { pipeline, preset, seeds, steps, score }: Flags): string[] {
  return [
    ...['study', kind, '--pipeline', pipeline, '--seeds', String(seeds)],
    ...(preset === undefined ? [] : ['--preset', preset]),
    ...(steps === undefined ? [] : ['--steps', String(steps)]),
    ...(score ? ['--score'] : []),
  ];
}

async function checkRun(only: string, names: readonly string[]): Promise<void> {
  if (names.includes(only)) return;
  const { didYouMean, fail, listNames } = await import('@moslora/specs');
  fail({
    ...{ what: 'the study has no such run', where: '--only', got: only, expected: `one of ${listNames(names)}` },
    fix: didYouMean(only, names),
  });
}

function wholeFrom(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `Expected a whole number from ${least}${most === Infinity ? ' on' : ` to ${most}`}.`,
    );
  };
}
