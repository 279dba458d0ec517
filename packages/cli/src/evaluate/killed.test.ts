import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { writeSmallTable } from './fixtures/small-table';
import { writeTinyLlava } from './fixtures/tiny-llava';

const folder = mkdtempSync(join(tmpdir(), 'moslora-killed-'));
const answers = (out: string): string => join(folder, out, 'many.answers.jsonl');
const textOf = (out: string): string => (existsSync(answers(out)) ? readFileSync(answers(out), 'utf8') : '');
const wholeLines = (text: string): string[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
const children: ChildProcess[] = [];
const ROWS = 120;

/** The command in a process of its own; batches of one, so that answers do not depend on where a run goes on. */
function start(out: string): ChildProcess {
  const args = ['evaluate', join(folder, 'tiny'), '--benchmark', join(folder, 'many.tsv'), '--out', join(folder, out)];
  const bin = join(root, 'packages/cli/bin/moslora.mjs');
  const child = spawn(
    process.execPath,
    [bin, ...args, '--batch-size', '1', '--max-new-tokens', '4', '--no-page', '--json'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  children.push(child);
  return child;
}

async function toTheEnd(out: string): Promise<{ asked: number }> {
  const child = start(out);
  let text = '';
  child.stdout!.on('data', (piece: Buffer) => void (text += piece.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  return (JSON.parse(text) as { benchmarks: { asked: number }[] }).benchmarks[0]!;
}

/** Kills a run with SIGKILL once its file holds so many lines. @returns what the file held then */
async function killed(out: string, atLines: number): Promise<string> {
  const child = start(out);
  const ended = once(child, 'close');
  while (wholeLines(textOf(out)).length < atLines && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  return textOf(out);
}

describe('moslora evaluate, killed', () => {
  beforeAll(() => {
    writeTinyLlava(join(folder, 'tiny'));
    writeSmallTable(join(folder, 'many.tsv'), ROWS / 3);
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('goes on where it was: no row is lost, there twice or asked again, and the answers are those of one run', async () => {
    const first = await killed('killed', 20);
    const second = await killed('killed', wholeLines(first).length + 20);
    expect(second.startsWith(wholeLines(first).join('\n'))).toBe(true);
    // A kill in the middle of a write leaves a line that is not whole.
    writeFileSync(answers('killed'), `${wholeLines(second).join('\n')}\n{"key":"7","answer":"cut of`);
    const before = wholeLines(second).length - 1;
    expect(before).toBeGreaterThanOrEqual(39);
    expect(before).toBeLessThan(ROWS);
    expect(await toTheEnd('killed')).toMatchObject({ rows: ROWS, asked: ROWS - before });
    const whole = textOf('killed');
    expect(whole.startsWith(`${wholeLines(second).join('\n')}\n`)).toBe(true);
    const rows = wholeLines(whole).slice(1);
    expect(new Set(rows.map((line) => (JSON.parse(line) as { key: string }).key)).size).toBe(ROWS);
    expect(rows).toHaveLength(ROWS);
    expect(await toTheEnd('killed')).toMatchObject({ asked: 0 });
    expect(textOf('killed')).toBe(whole);
    expect(await toTheEnd('unbroken')).toMatchObject({ asked: ROWS });
    expect(wholeLines(textOf('unbroken')).sort()).toEqual(wholeLines(whole).sort());
  }, 300_000);
});
