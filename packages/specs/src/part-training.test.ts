import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { partsOf } from './part-training';
import { readPipeline } from './read-pipeline';

const root = mkdtempSync(join(tmpdir(), 'parts-'));
afterAll(() => rmSync(root, { recursive: true }));

function read(kind: 'align' | 'instruct', settings: string) {
  const folder = join(root, 'pipelines/p');
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, 'configs/adapter'), { recursive: true });
  writeFileSync(join(root, 'configs/adapter/r8.yaml'), 'method: moslora\nrank: 8\n');
  writeFileSync(
    join(folder, 'pipeline.yaml'),
    `title: A
stages:
  tune:
    kind: ${kind}
    tower: { folder: ../tower }
    base: { folder: ../base }
    ${kind === 'instruct' ? 'projector: { folder: ../projector }' : ''}
    data: [{ dataset: easy-vqa, split: train }]
    train: {}
    ${settings}
`,
  );
  const config = readPipeline(folder).pipeline.stages['tune']!;
  if (config.kind !== 'align' && config.kind !== 'instruct') throw new Error(config.kind);
  return partsOf(config);
}

describe('what learns of a model', () => {
  it('is what the kind of stage has always trained, where nothing is said', () => {
    expect(read('align', '')).toEqual({
      tower: { mode: 'frozen' },
      projector: { mode: 'full' },
      decoder: { mode: 'frozen' },
    });
    const { decoder, ...rest } = read('instruct', 'adapter: r8');
    expect(decoder).toMatchObject({ mode: 'adapter', adapter: { method: 'moslora', rank: 8 } });
    expect(rest).toEqual({ tower: { mode: 'frozen' }, projector: { mode: 'full' } });
    expect(read('instruct', 'adapter: r8\n    trainProjector: false').projector).toEqual({ mode: 'frozen' });
  });

  it('is said by part, an adapter by its name or its settings, with rates of its own', () => {
    const parts = `parts:
      tower: { mode: adapter, adapter: { method: lora, rank: 4 }, learningRate: 1e-5 }
      projector: frozen
      decoder: { mode: adapter, adapter: r8, weightDecay: 0.1 }`;
    expect(read('instruct', parts)).toMatchObject({
      tower: { mode: 'adapter', adapter: { method: 'lora', rank: 4 }, learningRate: 1e-5 },
      projector: { mode: 'frozen' },
      decoder: { mode: 'adapter', adapter: { method: 'moslora', rank: 8 }, weightDecay: 0.1 },
    });
    expect(read('align', 'parts: { decoder: full, tower: { mode: full, learningRate: 2e-6 } }')).toEqual({
      tower: { mode: 'full', learningRate: 2e-6 },
      projector: { mode: 'full' },
      decoder: { mode: 'full' },
    });
  });

  it.each([
    ['instruct', '', 'There is neither `adapter` nor `parts.decoder`'],
    ['instruct', 'adapter: r8\n    parts: { decoder: full }', '`adapter` says already how the decoder learns'],
    [
      'instruct',
      'adapter: r8\n    trainProjector: false\n    parts: { projector: full }',
      '`trainProjector` says already how the projector learns',
    ],
    ['align', 'parts: { projector: frozen }', 'Every part is frozen: there is nothing to train'],
    ['align', 'parts: { projector: { mode: adapter, adapter: { method: dora } } }', "DoRA's magnitudes"],
    ['align', 'parts: { tower: ful }', 'did you mean full?'],
    ['align', 'parts: { towr: full }', 'did you mean tower?'],
    ['align', 'parts: { tower: { mode: full, learningrate: 1 } }', 'did you mean learningRate?'],
    [
      'align',
      'parts: { tower: { mode: frozen, adapter: r9 } }',
      /This part is frozen, and an adapter on it would learn\n {2}where .*:10:46\n {2}got {6}"r9"\n {2}expected .*\n {2}do {7}write `mode: adapter`, or leave `adapter` out/,
    ],
    [
      'align',
      'parts: { decoder: { mode: full, adapter: { method: lora, rank: 4 } } }',
      /This part learns in full, and has an adapter beside that\n.*\n {2}got {6}\{"method":"lora","rank":4\}/,
    ],
    ['align', 'parts: { tower: { mode: adapter, adapter: r9 } }', 'unknown adapter configuration `r9`'],
  ] as const)('is refused where it contradicts itself: %s, %s', (kind, settings, text) => {
    expect(() => read(kind, settings)).toThrow(text);
  });
});
