import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolder, withNewFolder } from '@moslora/checkpoint';
import { Attempt, attemptFile, checkpointsFolder } from './attempt';
import type { Fingerprint } from './fingerprint';

/** When the work began, and how long all attempts took together. */
export interface Timing {
  startedAt: string;
  seconds(): number;
}

/** Fills `workDir` with a stage's outputs, run.json last. */
export type Fill = (workDir: string, timing: Timing) => Promise<void>;

/** Where a resumable stage works until it is whole. What stands in `outDir` stays until then. */
export function unfinishedFolder(outDir: string): string {
  return `${outDir}.unfinished`;
}

/** Fills a temporary folder and renames it to `outDir` once all went well; otherwise nothing is left. */
export async function inNewFolder(outDir: string, fill: Fill): Promise<void> {
  const began = performance.now();
  const timing = { startedAt: new Date().toISOString(), seconds: () => (performance.now() - began) / 1000 };
  await withNewFolder(outDir, (temporary) => fill(temporary, timing));
}

/**
 * Fills `<outDir>.unfinished`, going on with what an earlier attempt with the same inputs left there, and renames it to `outDir`
 * once all went well; otherwise it stays for the next attempt. Checkpoints go then: nothing could go on from them.
 * @throws UserError where the earlier attempt has checkpoints that were made with other inputs
 */
export async function inKeptFolder(
  outDir: string,
  print: Fingerprint,
  { startOver, log }: { startOver: string; log: (line: string) => void },
  fill: Fill,
): Promise<void> {
  const folder = unfinishedFolder(outDir);
  const attempt = Attempt.begin(folder, print, startOver);
  if (attempt.resumed) {
    const changed = attempt.codeChanged ? ' (the code has changed since; --force starts anew)' : '';
    log(`going on where an earlier attempt stopped${changed}`);
  }
  if (attempt.discarded !== undefined)
    log(`starting anew: configuration or inputs are others than those of an earlier attempt (${attempt.discarded})`);
  try {
    await fill(folder, attempt);
  } catch (error) {
    attempt.save();
    throw error;
  }
  replaceFolder(folder, outDir);
  for (const left of [attemptFile, checkpointsFolder]) rmSync(join(outDir, left), { recursive: true, force: true });
}

function replaceFolder(from: string, to: string): void {
  const old = `${to}.replaced`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(to)) renameSync(to, old);
  renameSync(from, to);
  syncFolder(dirname(to));
  rmSync(old, { recursive: true, force: true });
}
