import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerPlan(program: Command, io: Io): void {
  program
    .command('plan')
    .description(
      'list the stages of a pipeline and which are up to date, and what tuning will train, in how much memory and time',
    )
    .argument('<pipeline>', 'folder with a pipeline.yaml, or the name of one in pipelines/')
    .option('--preset <name>', 'preset of the pipeline; `none` for none')
    .option('--no-measure', 'make no steps to measure their time')
    .option('--json', 'print JSON, resolved configurations included')
    .action(
      async (folder: string, { preset, json, measure }: { preset?: string; json?: boolean; measure: boolean }) => {
        const { openPipeline } = await import('../stages/open-pipeline');
        const { planOf } = await import('../stages/plan');
        const { planPipeline } = await import('../planning/plan-pipeline');
        const { planLines } = await import('../planning/plan-lines');
        const open = openPipeline(folder, preset);
        const plan = await planOf(open);
        const training = await planPipeline(open, { measure, log: (line) => io.err(`${line}\n`) });
        const width = Math.max(...plan.stages.map(({ stage }) => stage.length));
        print(io, json, { ...plan, training }, () => [
          `${plan.title}${plan.preset === undefined ? '' : ` (preset ${plan.preset})`}`,
          ...plan.stages.map(({ stage, kind, state, needs }) =>
            `${stage.padEnd(width)}  ${kind.padEnd(15)}  ${state.padEnd(11)}  ${needs.length > 0 ? `after ${needs.join(', ')}` : ''}`.trimEnd(),
          ),
          ...training.flatMap(planLines),
        ]);
      },
    );
}
