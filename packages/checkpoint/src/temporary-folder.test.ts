import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withTemporaryFolder } from './temporary-folder';

let system: string;
beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), 'system-'));
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) vi.stubEnv(name, system);
});
afterEach(() => vi.unstubAllEnvs());

/** Starts a process that writes into such a folder and waits; `before` runs first. @returns it, and its folder */
async function waiting(before = '') {
  const script = `import { writeFileSync } from 'node:fs';
    import { withTemporaryFolder } from ${JSON.stringify(join(import.meta.dirname, 'temporary-folder.ts'))};
    ${before}
    await withTemporaryFolder('work', async (folder) => {
      writeFileSync(folder + '/big', 'x');
      console.log(folder);
      await new Promise((resolve) => setTimeout(resolve, 20_000));
    });`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ended, folder: line.toString().trim() };
}

const folders = (): string[] => readdirSync(system).filter((name) => name.startsWith('work-'));

describe('a temporary folder', () => {
  it('is gone after its use, whether that ended or threw', async () => {
    let used = '';
    const length = await withTemporaryFolder('work', (folder) => {
      writeFileSync(join((used = folder), 'a'), 'abc');
      return readdirSync(folder).length;
    });
    expect([length, basename(used).replace(/\w{6}$/, '')]).toEqual([1, `work-${process.pid}-`]);
    await expect(withTemporaryFolder('work', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(folders()).toEqual([]);
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'goes with its process by %s, which ends as ever',
    async (signal) => {
      const { child, ended, folder } = await waiting();
      expect(existsSync(join(folder, 'big'))).toBe(true);
      child.kill(signal);
      expect(await ended).toEqual([null, signal]);
      expect(folders()).toEqual([]);
    },
  );

  it('goes with a process that exits by a signal in its own way, or stops cleaning up by it', async () => {
    const own = await waiting(`process.once('SIGTERM', () => setTimeout(() => process.exit(5), 50));
      process.on('SIGTERM', () => {});`);
    own.child.kill('SIGTERM');
    expect(await own.ended).toEqual([5, null]);
    const cleaning = await waiting(`process.once('SIGINT', () => {});`);
    cleaning.child.kill('SIGINT');
    expect(await cleaning.ended).toEqual([null, 'SIGINT']);
    expect(folders()).toEqual([]);
  });

  it('is removed by the next process where its own was killed, and only then', async () => {
    const [killed, alive] = await Promise.all([waiting(), waiting()]);
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(folders()).toHaveLength(2);
    await withTemporaryFolder('work', () => undefined);
    expect(folders()).toEqual([basename(alive.folder)]);
    alive.child.kill('SIGINT');
    await alive.ended;
  });
});
