import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning } from './running-process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const inUse = new Set<string>();

/**
 * Lets `use` work in a new folder `<name>-<pid>-XXXXXX` under the system's temporary one. It is gone afterwards: when `use` has ended or thrown,
 * when the process exits, and when SIGINT, SIGTERM or SIGHUP end it, as they still do where nobody else listens to them. What
 * processes that were killed left under the same name is removed first.
 */
export async function withTemporaryFolder<T>(name: string, use: (folder: string) => Promise<T> | T): Promise<T> {
  removeAbandoned(name);
  const folder = mkdtempSync(join(tmpdir(), `${name}-${process.pid}-`));
  if (inUse.size === 0) listen();
  inUse.add(folder);
  try {
    return await use(folder);
  } finally {
    inUse.delete(folder);
    if (inUse.size === 0) stopListening();
    rmSync(folder, { recursive: true, force: true });
  }
}

function listen(): void {
  process.on('exit', removeAll);
  for (const signal of signals) process.on(signal, ended);
}

function stopListening(): void {
  process.off('exit', removeAll);
  for (const signal of signals) process.off(signal, ended);
}

/** Ends the process as the signal would have, unless somebody listens who has other plans: `use` then ends by itself, or the process exits. */
function ended(signal: NodeJS.Signals): void {
  // Others that only clean up stop listening first.
  setImmediate(() => {
    if (process.listenerCount(signal) > 1) return;
    removeAll();
    stopListening();
    process.kill(process.pid, signal);
  });
}

function removeAll(): void {
  for (const folder of inUse) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Something in it is held: the next process removes it.
    }
  }
}

/** Removes this user's folders of that name whose process is gone. */
function removeAbandoned(name: string): void {
  for (const entry of readdirSync(tmpdir())) {
    const pid = entry.startsWith(`${name}-`) && /^(\d+)-\w{6}$/.exec(entry.slice(name.length + 1))?.[1];
    if (!pid || isRunning(Number(pid))) continue;
    try {
      const folder = join(tmpdir(), entry);
      if (statSync(folder).uid === (process.geteuid?.() ?? 0)) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Removed by another process that starts.
    }
  }
}
