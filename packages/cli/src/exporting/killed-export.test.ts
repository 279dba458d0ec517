import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@moslora/kernels';
import { loadLlavaFolder } from '@moslora/model-llava';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { writeRandomAdapter } from '../merging/fixtures/random-adapter';
import { runHere } from '../fixtures/run-here';
import { root } from '../stages/paths';
import { exportFormats, type ExportFormat } from './export-model';

const dir = mkdtempSync(join(tmpdir(), 'moslora-killed-export-'));
const at = (name: string): string => join(dir, name);
const command = (as: ExportFormat): string[] => [
  ...['export', at('llava'), join(at(as), 'out'), '--as', as, '--adapter', at('adapter')],
];

beforeAll(async () => {
  await startEngine();
  const llava = await loadLlavaFolder(writeTinyLlava(at('llava')));
  writeRandomAdapter(at('adapter'), llava.slots(), 'moslora');
  llava.dispose();
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

it.each(exportFormats)(
  'killed while it writes, an export as %s leaves nothing under its name, and the next one clears up',
  async (as) => {
    mkdirSync(at(as));
    const bin = join(root, 'packages/cli/bin/moslora.mjs');
    const child = spawn(process.execPath, [bin, ...command(as)], { stdio: 'ignore' });
    const ended = once(child, 'close');
    const written = (): string[] =>
      readdirSync(at(as)).flatMap((name) => (existsSync(join(at(as), name)) ? readdirSync(join(at(as), name)) : []));
    while (written().length === 0 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(readdirSync(at(as))).toEqual([expect.stringMatching(/^\.out\.tmp-\d+$/)]);
    expect((await runHere(...command(as))).code).toBe(0);
    expect(readdirSync(at(as))).toEqual(['out']);
  },
  120_000,
);
