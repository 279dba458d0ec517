import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerProvision(program: Command, io: Io): void {
  program
    .command('provision')
    .description(
      'make the native TensorFlow library and the fused ops available; without them everything runs on wasm, or on plain ops',
    )
    .option('--dry-run', 'print the steps and do nothing')
    .option('--json', 'print JSON')
    .action(async ({ dryRun = false, json }: { dryRun?: boolean; json?: boolean }) => {
      const { provision } = await import('../provision/provision');
      const log = (line: string): void => (json ? io.err : io.out)(`${line}\n`);
      const result = await provision({ dryRun, log });
      if (json) print(io, json, result, () => []);
      else if (!result.ok) log(`stays on wasm: ${result.reason}`);
    });
}
