import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
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

const owner = (): string => `${hostname()} ${process.pid}`;

function take(path: string, staleMs: number): boolean {
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'owner'), owner());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > staleMs || holderIsDead(path)) rmSync(path, { recursive: true, force: true });
  return false;
}

/** Whether the lock names a process of this machine that does not run any more (ended by Ctrl-C, say). */
function holderIsDead(path: string): boolean {
  try {
    const [host, pid] = readFileSync(join(path, 'owner'), 'utf8').split(' ');
    if (host !== hostname()) return false;
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Taken over by a process that thought we had died: what we make is still put in place by one rename.
  }
}
