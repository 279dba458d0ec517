import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import temporaryFolder from './temporary-folder';

let system: string;
let tmpDir: string;
beforeEach(() => {
  system = mkdtempSync(join(tmpdir(), 'system-'));
  tmpDir = join(system, 'of-vitest');
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) vi.stubEnv(name, system);
});
afterEach(() => vi.unstubAllEnvs());

const runs = (): string[] => readdirSync(system).filter((name) => name.startsWith('moslora-t'));

it('is what this very test runs in', () => {
  vi.unstubAllEnvs();
  expect(basename(tmpdir())).toMatch(/^moslora-t\d+-\w{6}$/);
});

it('is the temporary folder until the run ends, and takes what was left in it along', () => {
  const end = temporaryFolder({ tmpDir });
  const folder = tmpdir();
  expect(runs()).toEqual([basename(folder)]);
  mkdirSync(join(folder, 'left/over'), { recursive: true });
  const [cache] = readdirSync(system).filter((name) => name.startsWith('tsx-'));
  writeFileSync(join(folder, cache!, 'compiled'), '');
  end();
  expect([tmpdir(), runs()]).toEqual([system, []]);
  // Compilers' caches are the system's.
  expect(readdirSync(join(system, cache!))).toEqual(['compiled']);
});

it('goes when the process exits early, and with the next run where the process was killed', () => {
  const module = join(__dirname, 'temporary-folder.ts');
  const start = (then: string) => {
    const script = `import(${JSON.stringify(module)}).then(({ default: begin }) => { begin({ tmpDir: ${JSON.stringify(tmpDir)} }); console.log(require('node:os').tmpdir()); ${then} })`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '-e', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trim();
  };
  const exited = start('process.exit(3)');
  expect([realpathSync(join(exited, '..')), existsSync(exited)]).toEqual([realpathSync(system), false]);
  mkdirSync(tmpDir);
  const killed = start("process.kill(process.pid, 'SIGKILL')");
  expect(runs()).toEqual([basename(killed)]);
  const other = join(system, `moslora-t${process.ppid}-alive0`);
  mkdirSync(other);
  temporaryFolder({ tmpDir })();
  expect([runs(), existsSync(tmpDir)]).toEqual([[basename(other)], false]);
});
