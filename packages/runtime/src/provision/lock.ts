import { mkdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LockOptions {
  /** Called once when another process holds the lock. */
  onWait?(): void;
  /** A lock not refreshed for so long belongs to a process that died. */
  staleMs?: number;
  pollMs?: number;
}

/** Runs `fn` while holding a lock folder that other processes on this machine respect; refreshes it as it runs. */
export async function withLock<T>(path: string, options: LockOptions, fn: () => Promise<T>): Promise<T> {
  const { staleMs = 60_000, pollMs = 500 } = options;
  for (let waited = false; !take(path, staleMs); waited = true) {
    if (!waited) options.onWait?.();
    await sleep(pollMs);
  }
  const refresh = setInterval(() => touch(path), staleMs / 6);
  refresh.unref();
  try {
    return await fn();
  } finally {
    clearInterval(refresh);
    rmSync(path, { recursive: true, force: true });
  }
}

function take(path: string, staleMs: number): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > staleMs) rmSync(path, { recursive: true, force: true });
  return false;
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Taken over by a process that thought we had died: what we make is still put in place by one rename.
  }
}
