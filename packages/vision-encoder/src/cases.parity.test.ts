import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, SafetensorsFile } from '@moslora/checkpoint';
import { startBackend, tf } from '@moslora/runtime';
import { expectNoLeak, maxAbsDiff } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseTowerConfig } from './config';
import { loadTowerFolder } from './load-tower-folder';
import type { VisionTower } from './tower';

/** Made by tools/parity/make_tower_cases.py: one of each kind beside the source, and as many as wanted in MOSLORA_TOWER_CASES. */
const roots = [join(import.meta.dirname, 'fixtures/towers'), process.env['MOSLORA_TOWER_CASES'] ?? ''];
const cases = roots
  .filter(existsSync)
  .flatMap((root) => readdirSync(root).map((name) => [name, join(root, name)] as const));

/** Largest difference over all hidden states, picture by picture size. */
function difference(tower: VisionTower, file: SafetensorsFile, prefix: string): number {
  const layers = file.names().filter((name) => name.startsWith(`${prefix}hidden_states.`)).length;
  const pixels = tf.tensor4d(
    file.float32(`${prefix}pixel_values`),
    file.info(`${prefix}pixel_values`).shape as [number, number, number, number],
  );
  const all = Array.from({ length: layers }, (_, layer) => {
    const features = tower.features(pixels, { layer, select: 'full' });
    return maxAbsDiff(features.dataSync(), file.float32(`${prefix}hidden_states.${layer}`));
  });
  return Math.max(...all);
}

describe.each(cases)('%s', (_, dir) => {
  const { imageSize } = parseTowerConfig(readJson(join(dir, 'config.json'), z.unknown()));
  let file: SafetensorsFile;
  beforeAll(async () => {
    await startBackend();
    file = SafetensorsFile.open(join(dir, 'reference.safetensors'));
  });

  it('gives every hidden state of transformers', () => {
    const tower = loadTowerFolder(dir);
    expect(tf.tidy(() => difference(tower, file, ''))).toBeLessThan(1e-4);
    tower.dispose();
  });

  it('gives them for larger or smaller pictures when its positions are interpolated, and refuses them otherwise', async () => {
    const side = file.info('large.pixel_values').shape[3]!;
    const tower = loadTowerFolder(dir, { imageSize: side });
    expect(await expectNoLeak(() => tf.tidy(() => difference(tower, file, 'large.')))).toBeLessThan(1e-4);
    tower.dispose();
    const small = loadTowerFolder(dir);
    expect(() => tf.tidy(() => difference(small, file, 'large.'))).toThrow(
      new RegExp(`another size than the vision tower's[^]*${side} x ${side} pixels[^]*to ${imageSize}, or load`),
    );
    small.dispose();
  });
});
