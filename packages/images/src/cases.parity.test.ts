import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { expect, it } from 'vitest';
import { preprocess, readPreprocessorConfig } from './index';

/** Made by tools/parity/make_image_cases.py: one of each kind beside the source, and as many as wanted in MOSLORA_IMAGE_CASES. */
const roots = [join(import.meta.dirname, 'fixtures/processors'), process.env['MOSLORA_IMAGE_CASES'] ?? ''];
const cases = roots
  .filter(existsSync)
  .flatMap((root) => readdirSync(root).map((name) => [name, join(root, name)] as const));

it.each(cases)('%s gives the pixels of transformers', async (_, dir) => {
  const file = SafetensorsFile.open(join(dir, 'reference.safetensors'));
  const theirs = file.float32('pixel_values');
  const { shape } = file.info('pixel_values');
  file.close();
  const processor = readPreprocessorConfig(dir);
  const ours = await preprocess({ path: join(dir, 'picture.png') }, processor);
  expect([3, processor.size, processor.size]).toEqual(shape);
  const scale = Math.max(1, ...theirs.map(Math.abs));
  const largest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
  // One step of a byte is at least 0.003 of the scale; this is rounding alone.
  expect(largest / scale).toBeLessThan(1e-6);
});
