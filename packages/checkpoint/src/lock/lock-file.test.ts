import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTicks } from '../running-process';
import { takeLock } from './lock-file';

let folder = '';
let path = '';
const lines: string[] = [];
const children: ChildProcess[] = [];
const options = {
  doing: 'moslora evaluate',
  what: 'the folder out',
  otherwise: 'or give another --out',
  log: (line: string): void => void lines.push(line),
};
const holder = (more: object): string =>
  `${JSON.stringify({ pid: process.pid, since: '2026-01-02T03:04:05.000Z', host: hostname(), doing: 'training', ...more })}\n`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'moslora-lock-'));
  path = join(folder, 'deep', '.lock');
  lines.length = 0;
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('takeLock', () => {
  it('names its holder, refuses a second one, and is given back', () => {
    const release = takeLock(path, options);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, doing: 'moslora evaluate' });
    expect(() => takeLock(path, options)).toThrow(
      new RegExp(
        `another process is at work in the folder out\\n {2}where {4}.*\\.lock\\n {2}got {6}process ${process.pid}, \`moslora evaluate\` since 20.*` +
          '\\n {2}expected one at a time[^]*do {7}wait until it is done, or stop it; or give another --out$',
      ),
    );
    release();
    expect(readdirSync(join(folder, 'deep'))).toEqual([]);
    takeLock(path, options)();
    expect(lines).toEqual([]);
  });

  it('is taken over from a process that is gone, or whose number another has now', () => {
    for (const gone of [{ pid: 2 ** 22 + 1 }, { ticks: '1' }]) {
      const release = takeLock(path, options);
      writeFileSync(path, holder(gone));
      release(); // Not this process's any more: it stays.
      expect(existsSync(path)).toBe(true);
      takeLock(path, options)();
      expect(lines.splice(0)).toEqual([
        expect.stringMatching(
          /^the folder out was left by process \d+, `training` since 2026-01-02T03:04:05\.000Z, which is gone: taken over$/,
        ),
      ]);
      expect(existsSync(path)).toBe(false);
    }
  });

  it('is not taken from a process that is at work, on another machine, or that cannot be read', () => {
    const release = takeLock(path, options);
    const refused: [string, string | RegExp][] = [
      [holder({ pid: process.ppid, ticks: startTicks(process.ppid) }), `process ${process.ppid}, \`training\``],
      [holder({ pid: 2 ** 22 + 1, host: 'elsewhere' }), /process \d+ on elsewhere, `training`/],
      ['{"pid":', /a lock that cannot be read[^]*or remove the lock where nothing is at work/],
    ];
    for (const [text, message] of refused) {
      writeFileSync(path, text);
      expect(() => takeLock(path, options)).toThrow(message);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    release();
  });

  it('has one holder of many processes that want it at once, after a killed one too', async () => {
    writeFileSync(join(folder, '.lock'), holder({ pid: 2 ** 22 + 1 }));
    const program = `
      import { takeLock } from ${JSON.stringify(fileURLToPath(new URL('./lock-file.ts', import.meta.url)))};
      try {
        takeLock(${JSON.stringify(join(folder, '.lock'))}, { doing: 'x', what: 'it', otherwise: '', log: () => undefined });
        console.log('held');
      } catch (error) {
        console.log(error.message.split('\\n')[0]);
      }
      process.stdin.on('end', () => process.exit()).resume();`;
    writeFileSync(join(folder, 'take.mts'), program);
    const outputs = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ['--import', 'tsx', join(folder, 'take.mts')], {
          stdio: ['pipe', 'pipe', 'inherit'],
          cwd: import.meta.dirname,
        });
        children.push(child);
        const [piece] = (await once(child.stdout, 'data')) as [Buffer];
        return piece.toString().trim();
      }),
    );
    expect(outputs.filter((line) => line === 'held')).toHaveLength(1);
    expect(outputs.filter((line) => line === 'another process is at work in it')).toHaveLength(3);
    for (const child of children) {
      child.stdin!.end();
      await once(child, 'close');
    }
    expect(existsSync(join(folder, '.lock'))).toBe(false);
  });
});
