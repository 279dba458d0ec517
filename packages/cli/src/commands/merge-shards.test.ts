import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallTable } from '../evaluate/fixtures/small-table';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { runHere as moslora } from '../fixtures/run-here';

const root = mkdtempSync(join(tmpdir(), 'moslora-shards-'));
const at = (...parts: string[]): string => join(root, ...parts);

async function ask(out: string, ...args: string[]): Promise<void> {
  const table = ['--benchmark', at('small.tsv'), '--batch-size', '1', '--no-page', '--json'];
  expect(await moslora('evaluate', at('tiny'), '--out', at(out), ...table, ...args)).toMatchObject({
    code: 0,
    err: '',
  });
}

const merge = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  moslora('merge-shards', ...args, '--out', at('merged'), '--no-page');
const read = (...path: string[]): string => readFileSync(at(...path), 'utf8');

describe('moslora merge-shards', () => {
  beforeAll(async () => {
    writeTinyLlava(at('tiny'));
    writeSmallTable(at('small.tsv'), 8);
    for (const shard of ['1/3', '2/3', '3/3']) await ask('parts', '--shard', shard);
    await ask('halves', '--shard', '1/2');
    await ask('whole');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('gives what one run gives, to the byte', async () => {
    const { code, out } = await merge(at('parts'));
    expect(code).toBe(0);
    expect(out).toContain('small: 8 questions, 24 rows');
    for (const file of ['predictions.tsv', 'submission.tsv', 'verdicts.jsonl', 'measures.csv', 'result.json'])
      expect(read('merged', `small.${file}`)).toBe(read('whole', `small.${file}`));
  });

  it('refuses gaps: a shard that is missing, and one that was not asked to its end', async () => {
    cpSync(at('parts'), at('gap'), { recursive: true });
    rmSync(at('gap', 'small.2-of-3.answers.jsonl'));
    const missing = await merge(at('gap'));
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toMatch(/shards of `small` are missing[^]*got {6}2 of 3\n {2}expected 2\/3 too/);
    const cut = read('parts', 'small.2-of-3.answers.jsonl').split('\n').slice(0, -2);
    writeFileSync(at('gap', 'small.2-of-3.answers.jsonl'), `${cut.join('\n')}\n`);
    expect((await merge(at('gap'))).err).toMatch(
      /rows of shard 2\/3 were not asked[^]*none for index \d+\n[^]*goes on where it stopped/,
    );
  });

  it('refuses overlaps: a shard twice, rows of another, and other numbers of shards', async () => {
    cpSync(at('parts'), at('copy'), { recursive: true });
    const twice = await merge(at('parts'), at('copy'));
    expect(twice.err).toMatch(/shard 1\/3 of `small` is there twice[^]*shard 3\/3 of `small` is there twice/);
    const strange = read('parts', 'small.1-of-3.answers.jsonl').split('\n')[1]!;
    const theirs = read('copy', 'small.2-of-3.answers.jsonl');
    writeFileSync(at('copy', 'small.2-of-3.answers.jsonl'), `${theirs}${strange}\n`);
    expect((await merge(at('copy'))).err).toMatch(/rows that are not of shard 2\/3\n[^]*got {6}index \d+/);
    expect((await merge(at('parts'), at('halves'))).err).toContain('shards of different numbers');
  });

  it('refuses shards that were asked otherwise, and a folder without any', async () => {
    cpSync(at('parts'), at('other'), { recursive: true });
    rmSync(at('other', 'small.3-of-3.answers.jsonl'));
    await ask('other', '--shard', '3/3', '--prompt', 'xtuner');
    expect((await merge(at('other'))).err).toMatch(
      /shards were asked otherwise: prompt style differs[^]*got {6}xtuner\n {2}expected vlmevalkit, as .*1-of-3/,
    );
    rmSync(at('other', 'small.3-of-3.answers.jsonl'));
    const elsewhere = read('parts', 'small.3-of-3.answers.jsonl').replace(/"kernels":"\w+"/, '"kernels":"avx1024"');
    writeFileSync(at('other', 'small.3-of-3.answers.jsonl'), elsewhere);
    expect((await merge(at('other'))).err).toMatch(
      /shards were asked otherwise: engine differs[^]*kernels avx1024\n {2}expected .*1-of-3[^]*MOSLORA_CPU_LEVEL/,
    );
    expect((await merge(at('tiny'))).err).toContain('no shards here');
  });

  it('needs the file that was asked', async () => {
    cpSync(at('parts'), at('moved'), { recursive: true });
    const table = read('small.tsv');
    writeFileSync(at('other.tsv'), table.replaceAll('house', 'hut'));
    const { err } = await merge(at('moved'), '--benchmark', `small=${at('other.tsv')}`);
    expect(err).toMatch(
      /the file is another than the one that was asked[^]*name the file that was asked: --benchmark small=PATH/,
    );
  });
});
