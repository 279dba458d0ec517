import type { KernelsInfo } from '@moslora/kernels';
import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerDevice(program: Command, io: Io): void {
  program
    .command('device')
    .description('say what computes here: backend, library version, fused kernels, threads, CPU features, memory')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const { startEngine } = await import('@moslora/kernels');
      const { memoryReport } = await import('@moslora/runtime');
      const { bytes } = await import('../progress/format');
      const info = await startEngine({ log: (line: string) => io.err(`${line}\n`) });
      const memory = memoryReport();
      print(io, json, { ...info, memory }, () => [
        info.summary,
        `backend   ${info.backend} on ${info.device}`,
        `library   ${info.library}`,
        `threads   ${info.threads}`,
        `kernels   ${kernelsLine(info.kernels)}`,
        `features  ${info.cpuFeatures.join(' ') || 'unknown'}`,
        `memory    ${bytes(memory.rssBytes)} now, ${bytes(memory.peakRssBytes)} at most`,
      ]);
    });
}

function kernelsLine({ level, ops, threads, reason }: KernelsInfo): string {
  if (level === undefined) return `plain ops: ${reason}`;
  const names = ops.map((name) => name.replace(/^Moslora/, '')).join(', ');
  return `fused for ${level}, ${threads} thread${threads === 1 ? '' : 's'}: ${names}`;
}
