import type { Command } from 'commander';
import { print, type Io } from '../io';
import { bytes } from '../progress/format';

export function registerEstimate(program: Command, io: Io): void {
  program
    .command('estimate')
    .description('say how much memory tuning and scoring will take, by part, before anything is loaded')
    .argument('<pipeline>', 'folder with a pipeline.yaml, or the name of one in pipelines/')
    .argument('[stage]', 'an align, instruct or score stage; default: all of them')
    .option('--preset <name>', 'preset of the pipeline; `none` for none')
    .option('--json', 'print JSON')
    .action(
      async (folder: string, stage: string | undefined, { preset, json }: { preset?: string; json?: boolean }) => {
        const { openPipeline } = await import('../stages/open-pipeline');
        const { estimatePipeline } = await import('../estimate/estimate-pipeline');
        const log = (line: string): void => io.err(`${line}\n`);
        const estimates = await estimatePipeline(openPipeline(folder, preset), stage, log);
        print(io, json, { estimates }, () =>
          estimates.flatMap(({ stage: name, kind, phases, peak, precision, batch, tokens, source }) => [
            `${name}  ${kind} in ${precision}, batches of ${batch} x ${tokens} (${source}): ${bytes(peak.total)}`,
            ...phases.map((phase) => {
              const parts = (['runtime', 'base', 'adapters', 'optimizer', 'activations', 'pictures'] as const).filter(
                (part) => phase[part] > 0,
              );
              const list = parts.map((part) => `${part} ${bytes(phase[part])}`).join(', ');
              return `  ${phase === peak ? '*' : ' '} ${phase.name.padEnd(20)}  ${bytes(phase.total).padStart(8)}  ${list}`;
            }),
          ]),
        );
      },
    );
}
