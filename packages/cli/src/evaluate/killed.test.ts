import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
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
const ROWS = 75;

/** Batches of one, so that answers do not depend on where a run goes on. */
const command = (out: string): string[] => [
  ...['evaluate', join(folder, 'tiny'), '--benchmark', join(folder, 'many.tsv'), '--out', join(folder, out)],
  ...['--batch-size', '1', '--max-new-tokens', '4', '--no-page', '--json'],
];

/** The command in a process of its own, with what it says. */
function start(out: string): { child: ChildProcess; said: () => string } {
  const bin = join(root, 'packages/cli/bin/moslora.mjs');
  const child = spawn(process.execPath, [bin, ...command(out)], { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let text = '';
  child.stderr!.on('data', (piece: Buffer) => void (text += piece.toString()));
  return { child, said: () => text };
}

/** The command in this process. */
async function here(out: string): Promise<{ code: number; err: string; asked?: number; rows?: number }> {
  const { code, out: json, err } = await runHere(...command(out));
  if (code !== 0) return { code, err };
  const { benchmarks } = JSON.parse(json) as { benchmarks: { asked: number; rows: number }[] };
  return { code, err, ...benchmarks[0]! };
}

/** Lets `meanwhile` happen once a run's file holds so many lines, and kills it with SIGKILL then. @returns what the file held, and what was said */
async function killed(
  out: string,
  atLines: number,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<{ text: string; said: string }> {
  const { child, said } = start(out);
  const ended = once(child, 'close');
  while (wholeLines(textOf(out)).length < atLines && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGSTOP');
  await meanwhile();
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  return { text: textOf(out), said: said() };
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
    const { text: first } = await killed('killed', 10, async () => {
      expect(await here('killed')).toEqual({
        code: 2,
        err: expect.stringMatching(
          /another process is at work in the folder .*killed[^]*got {6}process \d+, `moslora evaluate` since 20[^]*wait until it is done, or stop it; or give another --out/,
        ) as string,
      });
    });
    const { text: second, said } = await killed('killed', wholeLines(first).length + 10);
    expect(said).toMatch(
      /the folder .*killed was left by process \d+, `moslora evaluate` since .*, which is gone: taken over/,
    );
    expect(second.startsWith(wholeLines(first).join('\n'))).toBe(true);
    // A kill in the middle of a write leaves a line that is not whole.
    writeFileSync(answers('killed'), `${wholeLines(second).join('\n')}\n{"key":"7","answer":"cut of`);
    const before = wholeLines(second).length - 1;
    expect(before).toBeGreaterThanOrEqual(19);
    expect(before).toBeLessThan(ROWS);
    expect(await here('killed')).toMatchObject({ code: 0, rows: ROWS, asked: ROWS - before });
    const whole = textOf('killed');
    expect(whole.startsWith(`${wholeLines(second).join('\n')}\n`)).toBe(true);
    const rows = wholeLines(whole).slice(1);
    expect(new Set(rows.map((line) => (JSON.parse(line) as { key: string }).key)).size).toBe(ROWS);
    expect(rows).toHaveLength(ROWS);
    expect(await here('killed')).toMatchObject({ code: 0, asked: 0 });
    expect(textOf('killed')).toBe(whole);
    expect(await here('unbroken')).toMatchObject({ code: 0, asked: ROWS });
    expect(wholeLines(textOf('unbroken')).sort()).toEqual(wholeLines(whole).sort());
    expect(readdirSync(join(folder, 'killed')).filter((name) => name.includes('lock'))).toEqual([]);
  }, 300_000);
});
