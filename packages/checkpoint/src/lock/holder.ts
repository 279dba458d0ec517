import { hostname } from 'node:os';
import { z } from 'zod';
import { isRunning, startTicks } from '../running-process';

/** What a lock file says of the process that holds it. */
export const holderSchema = z.strictObject({
  pid: z.int().positive(),
  since: z.string().describe('when it was taken, ISO 8601'),
  ticks: z
    .string()
    .optional()
    .describe("the process's start in ticks since boot: tells a later process of the same number"),
  host: z.string(),
  doing: z.string().describe('what for, such as `moslora evaluate`'),
});
export type Holder = z.infer<typeof holderSchema>;

/** This process as a holder. */
export function thisProcess(doing: string): Holder {
  const ticks = startTicks(process.pid);
  return {
    pid: process.pid,
    since: new Date().toISOString(),
    ...(ticks !== undefined && { ticks }),
    host: hostname(),
    doing,
  };
}

/** Whether a holder may still be at work: one on another machine cannot be asked. */
export function mayBeAlive({ pid, ticks, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (!isRunning(pid)) return false;
  const now = startTicks(pid);
  return ticks === undefined || now === undefined || ticks === now;
}

/** A holder in a sentence. */
export const holderText = ({ pid, host, since, doing }: Holder): string =>
  `process ${pid}${host === hostname() ? '' : ` on ${host}`}, \`${doing}\` since ${since}`;
