import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { clipProcessor, readPreprocessorConfig } from '@moslora/images';
import { startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadTowerFolder } from './load-tower-folder';
import { saveTower } from './save-tower';

describe('saveTower', () => {
  const dir = mkdtempSync(join(tmpdir(), 'moslora-towers-'));
  beforeAll(() => startBackend());
  afterAll(() => rmSync(dir, { recursive: true }));

  it.each(['clip', 'siglip', 'vit'])('writes a %s tower that loads back the same', async (kind) => {
    const from = join(import.meta.dirname, 'fixtures/towers', kind);
    const tower = loadTowerFolder(from);
    const into = join(dir, kind);
    await saveTower(tower, into, clipProcessor(tower.config.imageSize));
    const again = loadTowerFolder(into);
    expect(again.config).toEqual(tower.config);
    const side = tower.config.imageSize;
    const pixels = tf.randomNormal([2, 3, side, side]) as tf.Tensor4D;
    expect(maxAbsDiff(again.features(pixels).dataSync(), tower.features(pixels).dataSync())).toBe(0);
    const kept = ['architectures', 'hidden_act', 'image_size', 'model_type', 'patch_size'] as const;
    const json = (folder: string): unknown[] => {
      const config = readJson(join(folder, 'config.json'), z.record(z.string(), z.unknown()));
      return kept.map((key) => config[key]);
    };
    expect(json(into)).toEqual(json(from));
    expect(readPreprocessorConfig(into).size).toBe(side);
  });

  it('writes interpolated positions as the tower has them now', async () => {
    const from = join(import.meta.dirname, 'fixtures/towers/clip');
    const side = loadTowerFolder(from).config.imageSize * 2;
    const tower = loadTowerFolder(from, { imageSize: side });
    const into = join(dir, 'larger');
    await saveTower(tower, into, clipProcessor(side));
    const pixels = tf.randomNormal([1, 3, side, side]) as tf.Tensor4D;
    const again = loadTowerFolder(into);
    expect(maxAbsDiff(again.features(pixels).dataSync(), tower.features(pixels).dataSync())).toBe(0);
  });
});
