import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerDevice(program: Command, io: Io): void {
  program
    .command('device')
    .description('say which backend computes here: library version, threads, CPU features, memory')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { memoryReport, startBackend } = await import('@moslora/runtime');
      const { bytes } = await import('../progress/format');
      const info = await startBackend({ log: (line: string) => io.err(`${line}\n`) });
      const memory = memoryReport();
      print(io, json, { ...info, memory }, () => [
        info.summary,
        `backend   ${info.backend} on ${info.device}`,
        `library   ${info.library}`,
        `threads   ${info.threads}`,
        `features  ${info.cpuFeatures.join(' ') || 'unknown'}`,
        `memory    ${bytes(memory.rssBytes)} now, ${bytes(memory.peakRssBytes)} at most`,
      ]);
    });
}
