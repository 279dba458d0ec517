import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerProvision(program: Command, io: Io): void {
  program
    .command('provision')
    .description('make the native TensorFlow library available; without it everything runs on wasm')
    .option('--dry-run', 'print the steps and do nothing')
    .option('--json', 'print JSON')
    .action(async ({ dryRun = false, json }: { dryRun?: boolean; json?: boolean }) => {
      const { provisionNative } = await import('@moslora/runtime');
      const log = (line: string): void => (json ? io.err : io.out)(`${line}\n`);
      const result = await provisionNative({ dryRun, log });
      if (json) print(io, json, result, () => []);
      else if (!result.ok) log(`stays on wasm: ${result.reason}`);
    });
}
