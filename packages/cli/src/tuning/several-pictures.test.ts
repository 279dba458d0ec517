import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLlavaFolder } from '@moslora/model-llava';
import { startBackend, tf } from '@moslora/runtime';
import type { Run, Sample } from '@moslora/specs';
import { loadTokenizer, templates } from '@moslora/tokenization';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { runHere, type Ran } from '../fixtures/run-here';
import { ConversationSource } from './conversation-source';
import { encodeSample } from './encode-samples';

const work = mkdtempSync(join(tmpdir(), 'several-pictures-'));
const folder = join(work, 'pipelines/p');
const llava = join(work, 'llava');

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeTinyLlava(llava);
  for (const [at, background] of ['red', 'green', 'blue'].entries())
    await sharp({ create: { width: 30, height: 20, channels: 3, background } })
      .png()
      .toFile(join(folder, `${at}.png`));
});
afterAll(() => rmSync(work, { recursive: true }));

const picture = (at: number) => ({ type: 'image_url', image_url: { url: `${at}.png` } });
const text = (words: string) => ({ type: 'text', text: words });
const said = (content: string) => ({ role: 'assistant', content });
const rows = [
  {
    id: 'two',
    messages: [{ role: 'user', content: [text('first'), picture(0), text('then'), picture(1)] }, said('red, green')],
  },
  {
    id: 'later',
    messages: [
      { role: 'user', content: 'hello' },
      said('hi'),
      { role: 'user', content: [picture(2), text('and'), picture(0), picture(1)] },
      said('blue'),
    ],
  },
  { id: 'none', messages: [{ role: 'user', content: 'who?' }, said('me')] },
];

describe('several pictures in a sample', () => {
  it('reach the step in the order of their slots, packed or not, and their order matters', async () => {
    await startBackend();
    const tokenizer = loadTokenizer(llava);
    const model = await loadLlavaFolder(llava);
    const options = { tokenizer, template: templates.minimind, system: undefined, turns: 'chained' as const };
    const sample = (id: string, order: number[], ...questions: string[]): Sample => ({
      id,
      images: order.map((at) => ({ path: `${at}.png` })),
      turns: questions.flatMap((question) => [
        { role: 'user' as const, text: question },
        { role: 'assistant' as const, text: 'yes' },
      ]),
    });
    const samples = [
      sample('a', [0, 1], 'x <image> y <image>', 'and?'),
      sample('b', [], 'hm'),
      sample('c', [2, 0, 1], 'first', '<image> a <image> b <image>'),
      sample('d', [1], 'last <image>'),
    ];
    /** Features that say which picture they are of. */
    const read = (asked: readonly { image: object }[]): tf.Tensor3D => {
      const number = ({ image }: { image: object }): number => Number((image as { path: string }).path[0]);
      return tf.stack(asked.map((each) => tf.randomNormal([4, 8], 0, 1, 'float32', 7 + number(each)))) as tf.Tensor3D;
    };
    const lossOf = async (chosen: readonly Sample[], packing: boolean): Promise<number> => {
      const part = { samples: chosen.map((each) => encodeSample(each, options)), weight: 1 };
      const source = new ConversationSource([part], { maxLength: 400, packing, features: { shape: [4, 8], read } });
      const batch = await source.batch(chosen.map((_, at) => at));
      expect(batch.features?.shape[0] ?? 0).toBe(chosen.reduce((sum, { images }) => sum + images.length, 0));
      return model.lossSum(batch).loss.dataSync()[0]!;
    };
    let alone = 0;
    for (const each of samples) alone += await lossOf([each], false);
    expect(Math.abs((await lossOf(samples, false)) - alone) / alone).toBeLessThan(1e-5);
    expect(Math.abs((await lossOf(samples, true)) - alone) / alone).toBeLessThan(1e-5);
    const swapped = { ...samples[0]!, images: [...samples[0]!.images].reverse() };
    expect(Math.abs((await lossOf([swapped], false)) - (await lossOf([samples[0]!], false)))).toBeGreaterThan(1e-3);
    model.dispose();
  });

  const pipeline = (settings: string): string => `title: T
stages:
  instruct:
    kind: instruct
    tower: { folder: ${llava} }
    base: { folder: ${llava} }
    projector: { folder: ${llava} }
    data: [{ format: messages, path: train.jsonl, weight: 1.5 }]
    validation: { data: [{ format: messages, path: held-out.jsonl }], every: 2, samples: 1, maxNewTokens: 3 }
    adapter: { method: moslora, rank: 2, alpha: 4 }
    train: { epochs: 2, batchSize: 3, maxLength: 200 }
    ${settings}
`;
  function tune(settings: string): Promise<Ran> {
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline(settings));
    return runHere('stage', folder, 'instruct');
  }

  it('are trained on, packed, and asked about, from own files; broken samples are named or skipped', async () => {
    const broken = {
      id: 'odd',
      images: ['0.png', '1.png'],
      messages: [{ role: 'user', content: '<image> what?' }, said('red')],
    };
    const lost = { id: 'lost', images: ['9.png'], messages: [{ role: 'user', content: '<image> what?' }, said('red')] };
    const write = (name: string, all: readonly object[]): void =>
      writeFileSync(join(folder, name), all.map((row) => JSON.stringify(row)).join('\n'));
    write('train.jsonl', [...rows, broken, lost]);
    write('held-out.jsonl', [rows[0]!]);
    const failed = await tune('packing: true');
    expect(failed.code).toBe(2);
    expect(failed.err).toMatch(
      /pictures and picture slots differ in number\n {2}where {4}sample odd\n {2}got {6}2 picture\(s\), 1 <image>/,
    );
    expect(await tune('packing: true\n    policy: skip')).toMatchObject({ code: 0 });
    const out = join(work, 'runs/p/instruct');
    const { metrics } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Run;
    expect(metrics).toMatchObject({
      samples: 3,
      steps: 4,
      skipped: { count: 2, samples: [{ id: 'odd' }, { id: 'lost' }] },
    });
    const [line] = readFileSync(join(out, 'validation.jsonl'), 'utf8').trim().split('\n');
    const validated = JSON.parse(line!) as { loss: number; examples: { sample: string; question: string }[] };
    expect(validated.loss).toBeGreaterThan(0);
    expect(validated.examples).toMatchObject([{ sample: 'two', question: 'first\n<image>\nthen\n<image>' }]);
  });

  it('packs no samples that are packed already', async () => {
    expect((await tune('packing: true\n    turns: independent')).err).toMatch(
      /`packing` does not go with `turns: independent`[^]*pipeline\.yaml:\d+/,
    );
  });
});
