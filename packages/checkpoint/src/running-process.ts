import { readFileSync } from 'node:fs';

/** Whether a process of this number is at work, whoever's it is; one that has ended and waits for its parent to ask is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statFields(pid)?.[0] !== 'Z';
}

/**
 * When a process began, in the kernel's ticks since boot: with its number it tells it from all others. Undefined where /proc does not say.
 */
export function startTicks(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** Fields of /proc/PID/stat from the third on, the state. The second, in parentheses, may hold anything. */
function statFields(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined; // No Linux, or no such process.
  }
}
