import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerPlan(program: Command, io: Io): void {
  program
    .command('plan')
    .description('list the stages of a pipeline, what each needs, and which are up to date')
    .argument('<pipeline>', 'folder with a pipeline.yaml')
    .option('--preset <name>', 'preset of the pipeline; `none` for none')
    .option('--json', 'print JSON, resolved configurations included')
    .action(async (folder: string, { preset, json }: { preset?: string; json?: boolean }) => {
      const { openPipeline } = await import('../stages/open-pipeline');
      const { planOf } = await import('../stages/plan');
      const plan = await planOf(openPipeline(folder, preset));
      const width = Math.max(...plan.stages.map(({ stage }) => stage.length));
      print(io, json, plan, () => [
        `${plan.title}${plan.preset === undefined ? '' : ` (preset ${plan.preset})`}`,
        ...plan.stages.map(({ stage, kind, state, needs }) =>
          `${stage.padEnd(width)}  ${kind.padEnd(15)}  ${state.padEnd(11)}  ${needs.length > 0 ? `after ${needs.join(', ')}` : ''}`.trimEnd(),
        ),
      ]);
    });
}
