import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readQuestions } from '@moslora/evaluation';
import type { EvaluationResult } from '@moslora/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallTable } from '../evaluate/fixtures/small-table';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { runHere as moslora } from '../fixtures/run-here';

const root = mkdtempSync(join(tmpdir(), 'moslora-evaluate-'));
const at = (...parts: string[]): string => join(root, ...parts);
const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const keysIn = (path: string): string[] =>
  lines(path)
    .slice(1)
    .map((line) => (JSON.parse(line) as { key: string }).key);

interface Outcome {
  folder: string;
  page?: string;
  benchmarks: { benchmark: string; rows: number; asked: number; failed: { key: string; reason: string }[] }[];
}

/** Asks, and reads what `--json` printed. */
async function evaluate(out: string, ...args: string[]): Promise<Outcome> {
  const { code, out: text, err } = await moslora('evaluate', at('tiny'), '--out', at(out), '--json', ...args);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(text) as Outcome;
}

const resultOf = (folder: string): EvaluationResult =>
  JSON.parse(readFileSync(at(folder, 'small.result.json'), 'utf8')) as EvaluationResult;

describe('moslora evaluate', () => {
  beforeAll(() => {
    writeTinyLlava(at('tiny'));
    // Question 7's picture is none, and question 8 refers to it.
    writeSmallTable(at('small.tsv'), 9, { 7: { image: 'Zm9v'.repeat(30) }, 5: { question: 'long '.repeat(600) } });
    writeSmallTable(at('sound.tsv'), 5);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it('asks every row, counts those it cannot ask as misses, and writes tables, results and a page', async () => {
    const { benchmarks, page } = await evaluate('whole', '--benchmark', at('small.tsv'));
    expect(benchmarks).toMatchObject([{ benchmark: 'small', rows: 27, asked: 27 }]);
    const failed = Object.fromEntries(benchmarks[0]!.failed.map(({ key, reason }) => [key, reason]));
    expect(Object.keys(failed).sort()).toEqual(['5', '7', '8', '1000007', '1000008', '2000007', '2000008'].sort());
    expect(failed['5']).toMatch(/^too long: \d+ positions and an answer of up to 16, where the model has 512$/);
    expect(failed['1000008']).toMatch(/^A picture cannot be decoded/);
    const result = resultOf('whole');
    expect(result).toMatchObject({ questions: 9, rows: 27, failed: { length: 7 } });
    expect(result.provenance).toMatchObject({
      ...{ prompt: 'vlmevalkit', rules: 'current', decoding: 'greedy, at most 16 new tokens', blind: false },
      ...{
        template: { name: 'minimind', stored: true },
        model: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      },
      data: { md5: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
    });
    for (const kind of ['predictions', 'submission']) {
      const shape = { columns: ['prediction'], options: true, pictures: false };
      const [tsv, xlsx] = ['tsv', 'xlsx'].map((ending) => readQuestions(at('whole', `small.${kind}.${ending}`), shape));
      expect(tsv!.rows).toHaveLength(27);
      expect(tsv!.columns).not.toContain('image');
      expect(xlsx!.rows.map(({ key, prediction }) => [key, prediction])).toEqual(
        tsv!.rows.map(({ key, prediction }) => [key, prediction]),
      );
    }
    const [head, ...figures] = lines(at('whole', 'small.measures.csv'));
    expect(head).toMatch(/^split,level,name,value,low,high,most,questions,model \(SHA-256\),inference rules,/);
    const { model, data, computed } = result.provenance;
    const precision = `,${computed!.precision},`;
    for (const figure of figures)
      for (const fact of [model!.sha256!, ',current,', ',vlmevalkit,', 'minimind (', 'greedy', data.md5, precision])
        expect(figure).toContain(fact);
    expect(readFileSync(page!, 'utf8')).toContain('<!doctype html>');
  });

  it('asks nothing twice, and more where more is wanted', async () => {
    const start = ['--benchmark', at('sound.tsv'), '--limit', '2', '--no-page'];
    expect((await evaluate('more', ...start)).benchmarks).toMatchObject([{ rows: 6, asked: 6 }]);
    expect((await evaluate('more', ...start)).benchmarks).toMatchObject([{ rows: 6, asked: 0 }]);
    const before = lines(at('more', 'sound.answers.jsonl')).slice(1);
    const { benchmarks } = await evaluate('more', '--benchmark', at('sound.tsv'), '--no-page');
    expect(benchmarks).toMatchObject([{ rows: 15, asked: 9 }]);
    const after = lines(at('more', 'sound.answers.jsonl'));
    expect(after.slice(1, 7)).toEqual(before);
    expect(after[0]).not.toContain('"limit"');
    expect(new Set(keysIn(at('more', 'sound.answers.jsonl'))).size).toBe(15);
  });

  it('asks again what failed, where that is wanted', async () => {
    const args = ['--benchmark', at('small.tsv'), '--no-page'];
    await evaluate('again', ...args);
    const { benchmarks } = await evaluate('again', ...args, '--retry-failed');
    expect(benchmarks).toMatchObject([{ rows: 27, asked: 7, failed: { length: 7 } }]);
  });

  it('stops at a row that cannot be asked where told to be strict', async () => {
    const args = ['evaluate', at('tiny'), '--out', at('strict'), '--benchmark', at('small.tsv'), '--strict'];
    const { code, err } = await moslora(...args);
    expect(code).toBe(2);
    expect(err).toMatch(
      /a row could not be asked\n {2}where {4}small, index 5\n {2}got {6}too long: \d+ positions[^]*without --strict such rows count as misses/,
    );
  });

  it('refuses answers that were made otherwise, and says what a table without a stored template is', async () => {
    await evaluate('styles', '--benchmark', at('sound.tsv'), '--limit', '1', '--no-page');
    const args = ['evaluate', at('tiny'), '--out', at('styles'), '--benchmark', at('sound.tsv'), '--limit', '1'];
    const { code, err } = await moslora(...args, '--prompt', 'llava', '--template', 'vicuna_v1');
    expect(code).toBe(2);
    expect(err).toMatch(
      /made otherwise: template differs[^]*prompt style differs[^]*got {6}vlmevalkit\n {2}expected llava/,
    );
    const fresh = await moslora(
      ...args,
      '--prompt',
      'llava',
      '--template',
      'vicuna_v1',
      '--fresh',
      '--rules',
      '2024-06',
    );
    expect(fresh.out).toMatch(/ template +vicuna_v1 \([0-9a-f]{12}\), NOT stored with the model\n/);
    expect(fresh.out).toContain('warning: the chat template vicuna_v1 was not stored with the model');
    expect(fresh.out).toContain("warning: letters were read by the rules `2024-06`: tables made by today's VLMEvalKit");
    expect(fresh.out).toContain('warning: only the first 1 questions were asked');
  });

  it('says how rows were asked, and warns, where nothing is scored: no answers to score against, a shard', async () => {
    const [head, ...rows] = lines(at('sound.tsv'));
    const place = head!.split('\t').indexOf('answer');
    const blank = rows.map((row) => row.split('\t').with(place, '').join('\t'));
    writeFileSync(at('test.tsv'), [head, ...blank, ''].join('\n'));
    const asked = ['evaluate', at('tiny'), '--template', 'vicuna_v1', '--benchmark'];
    const unscored = await moslora(...asked, `mmbench_test_en=${at('test.tsv')}`, '--out', at('unscored'));
    const shard = await moslora(...asked, at('sound.tsv'), '--shard', '1/2', '--out', at('shard'));
    for (const { code, out } of [unscored, shard]) {
      expect(code).toBe(0);
      expect(out).toMatch(/^\w+: not scored\n/);
      expect(out).toMatch(
        / template +vicuna_v1 \([0-9a-f]{12}\), NOT stored[^]*prompt style +vlmevalkit\n[^]*MD5 [0-9a-f]{32}/,
      );
      expect(out).toContain('warning: the chat template vicuna_v1 was not stored with the model');
    }
    expect(unscored.out).toMatch(/warning: MMBench_TEST_EN\.tsv is another file than the published one/);
    expect(unscored.out).toContain('note: mmbench_test_en: 15 of 15 rows have no answer to score against');
    expect(shard.out).toContain('note: sound: shard 1/2 is whole');
  });

  it('keeps with every table what computed it, and refuses to go on otherwise: precision, kernels, model, data', async () => {
    const start = ['--benchmark', `held=${at('held.tsv')}`, '--limit', '1', '--no-page', '--precision', 'float32'];
    writeSmallTable(at('held.tsv'), 3);
    await evaluate('facts', ...start);
    const kept = readFileSync(at('facts', 'held.result.json'), 'utf8');
    const { computed } = (JSON.parse(kept) as EvaluationResult).provenance;
    expect(computed).toEqual(expect.objectContaining({ precision: 'float32', kernels: expect.any(String) as string }));
    const file = at('facts', 'held.answers.jsonl');
    const before = readFileSync(file, 'utf8');
    const more = ['evaluate', at('tiny'), '--out', at('facts'), ...start.with(3, '2')];
    const other: [string, string, RegExp][] = [
      [
        computed!.kernels,
        'avx1024',
        /engine differs[^]*kernels avx1024\n {2}expected .*\n {2}do {7}.*MOSLORA_CPU_LEVEL/,
      ],
      ['"precision":"float32"', '"precision":"bfloat16"', /precision differs[^]*got {6}bfloat16\n {2}expected float32/],
      [computed!.backend, 'abacus', /engine differs[^]*got {6}abacus on/],
      [`"computed":${JSON.stringify(computed)},`, '', /precision differs[^]*got {6}not known[^]*engine differs/],
    ];
    for (const [was, is, error] of other) {
      const changed = before.replace(was, is);
      expect(changed).not.toBe(before);
      writeFileSync(file, changed);
      expect(await moslora(...more)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(error) as string });
      expect(readFileSync(file, 'utf8')).toBe(changed);
    }
    writeFileSync(file, before);
    writeFileSync(at('held.tsv'), readFileSync(at('held.tsv'), 'utf8').replace('seen', 'shown'));
    expect((await moslora(...more)).err).toContain('made otherwise: data (MD5) differs');
    writeSmallTable(at('held.tsv'), 3);
    writeFileSync(at('tiny', 'generation_config.json'), '{ "eos_token_id": 5 }');
    expect((await moslora(...more)).err).toMatch(/made otherwise: model \(SHA-256\) differs/);
    rmSync(at('tiny', 'generation_config.json'));
    expect(await moslora(...more, '--rules', '2024-06')).toMatchObject({ code: 0 });
  });

  it('names what is no model, no benchmark and no shard', async () => {
    const wrong = await moslora('evaluate', at('nothing'), '--benchmark', at('sound.tsv'));
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('no model here') as string });
    const unknown = await moslora('evaluate', at('tiny'), '--benchmark', 'mmbench_dev_em,seedbanch');
    expect(unknown.err).toMatch(/unknown benchmark `mmbench_dev_em`[^]*did you mean mmbench_dev_en[^]*`seedbanch`/);
    const shard = await moslora('evaluate', at('tiny'), '--benchmark', at('sound.tsv'), '--shard', '3/2');
    expect(shard.err).toContain('K/N with K from 1 to N');
  });
});
