import type { Command } from 'commander';
import { print, type Io } from '../io';

/** `fold`: MoSLoRA as plain LoRA. */
export function registerFold(program: Command, io: Io): void {
  program
    .command('fold')
    .description(
      'write a MoSLoRA adapter as plain LoRA (its mixers multiplied into A), which stock PEFT and others load',
    )
    .argument('<adapter>', 'a PEFT folder, or the run of an instruct stage')
    .argument('<output>', 'folder to write; it appears when it is whole')
    .option('--force', 'replace the output folder if it is there')
    .option('--json', 'print JSON')
    .action(async (given: string, output: string, { force = false, json }: { force?: boolean; json?: boolean }) => {
      const { adapterCompanions, adapterPlace } = await import('../merging/adapter-place');
      const { checkFolders } = await import('../quantizing/check-folders');
      const { foldAdapterFolder } = await import('@moslora/adapters');
      const { startEngine } = await import('@moslora/kernels');
      const adapter = adapterPlace(given);
      checkFolders(adapter, output, force);
      await startEngine({ log: (line: string) => io.err(`${line}\n`) });
      const report = await foldAdapterFolder(adapter, output, adapterCompanions(adapter));
      print(io, json, report, () => [
        `${report.mixers} mixers of ${report.modules} modules are in A now: plain LoRA of the same rank, alpha and outputs`,
        `in ${report.output}`,
      ]);
    });
}
