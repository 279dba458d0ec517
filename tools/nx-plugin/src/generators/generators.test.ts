import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readPipeline } from '@moslora/specs';
import { createTree } from '@nx/devkit/testing';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../boundary/check-file';
import datasetGenerator from './dataset/generator';
import modelGenerator from './model/generator';
import pipelineGenerator from './pipeline/generator';

const configs = join(import.meta.dirname, '../../../../configs');

const packages = join(import.meta.dirname, '../../../../packages');
const sourcesOf = (family: string): string[] =>
  ['config', 'family.test', 'index', 'layer', 'names'].map((file) => `packages/model-${family}/src/${file}.ts`);
const familySources = (family: string): string[] =>
  readdirSync(join(packages, `model-${family}`, 'src'))
    .sort()
    .map((file) => `packages/model-${family}/src/${file}`);

describe('generators', () => {
  it('write a dataset with a fixture and a test', async () => {
    const tree = createTree();
    await datasetGenerator(tree, { name: 'my-data' });
    expect(
      tree
        .listChanges()
        .map(({ path }) => path)
        .filter((path) => path.startsWith('datasets/'))
        .sort(),
    ).toEqual([
      'datasets/my-data/fixtures/pictures/example.png',
      'datasets/my-data/fixtures/train.json',
      'datasets/my-data/package.json',
      'datasets/my-data/src/dataset.test.ts',
      'datasets/my-data/src/index.ts',
      'datasets/my-data/src/read-samples.ts',
    ]);
    expect(JSON.parse(tree.read('datasets/my-data/package.json', 'utf8')!)).toMatchObject({
      name: '@moslora/dataset-my-data',
      nx: { tags: ['layer:dataset'] },
    });
  });

  it('write a model whose imports keep to its layer', async () => {
    const tree = createTree();
    await modelGenerator(tree, { name: 'my-model' });
    const owner = { name: '@moslora/model-my-model', layer: 'model', dependencies: ['@moslora/decoder'] };
    const members = new Map([
      ['@moslora/decoder', { name: '@moslora/decoder', layer: 'model', dependencies: [] }],
      ['@moslora/runtime', { name: '@moslora/runtime', layer: 'base', dependencies: [] }],
      ['@moslora/testing', { name: '@moslora/testing', layer: 'testing', dependencies: [] }],
    ]);
    const files = tree.listChanges().filter(({ path }) => path.endsWith('.ts'));
    expect(files.map(({ path }) => path).sort()).toEqual(sourcesOf('my-model'));
    // The families that are there have the same five.
    for (const family of ['llama', 'internlm2', 'qwen']) expect(familySources(family)).toEqual(sourcesOf(family));
    expect(files.flatMap(({ path, content }) => checkFile(path, content!.toString(), owner, members))).toEqual([]);
    expect(files.map(({ content }) => content!.toString()).join('')).not.toContain('<%');
    expect(tree.read('packages/model-my-model/src/index.ts', 'utf8')).toContain('parseMyModelConfig');
  });

  it('write a pipeline that is valid', async () => {
    const tree = createTree();
    await pipelineGenerator(tree, { name: 'mine' });
    const root = mkdtempSync(join(tmpdir(), 'generated-'));
    try {
      for (const { path, content } of tree.listChanges()) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), content!);
      }
      expect(Object.keys(readPipeline(join(root, 'pipelines/mine'), undefined, configs).pipeline.stages)).toContain(
        'score',
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it('refuse names that are none, and folders that are taken', async () => {
    const tree = createTree();
    await expect(datasetGenerator(tree, { name: 'My Data' })).rejects.toThrow(
      'My Data is not a name in kebab case, such as my-dataset',
    );
    await datasetGenerator(tree, { name: 'twice' });
    await expect(datasetGenerator(tree, { name: 'twice' })).rejects.toThrow('datasets/twice is there already');
  });
});
