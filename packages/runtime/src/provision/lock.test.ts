import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { withLock } from './lock';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));

it('lets one in at a time, and gives up the lock when the work fails', async () => {
  const path = join(folder, 'a');
  let inside = 0;
  const work = async (): Promise<void> => {
    expect(++inside).toBe(1);
    await sleep(20);
    inside--;
  };
  const onWait = vi.fn();
  await Promise.all([1, 2, 3].map(() => withLock(path, { pollMs: 5, onWait }, work)));
  expect(onWait).toHaveBeenCalledTimes(2);
  await expect(withLock(path, {}, () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
  expect(existsSync(path)).toBe(false);
});

it('takes over a lock whose holder died', async () => {
  const path = join(folder, 'b');
  mkdirSync(path);
  const past = new Date(Date.now() - 10_000);
  utimesSync(path, past, past);
  expect(await withLock(path, { staleMs: 5000, pollMs: 5 }, async () => 'in')).toBe('in');
});

it('takes over at once when the holder, a process of this machine, has ended', async () => {
  const path = join(folder, 'c');
  mkdirSync(path);
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(path, 'owner'), `${hostname()} ${ended}`);
  expect(await withLock(path, { pollMs: 5 }, async () => 'in')).toBe('in');
});
