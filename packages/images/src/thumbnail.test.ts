import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { thumbnail } from './index';

const path = join(import.meta.dirname, 'fixtures/processors/CLIP/picture.png');

it('makes a small WebP of a picture, never larger than it is', async () => {
  const { width = 0, height = 0 } = await sharp(path).metadata();
  const small = await sharp(await thumbnail({ path }, 10)).metadata();
  expect(small.format).toBe('webp');
  expect(Math.max(small.width, small.height)).toBe(10);
  expect(small.width / small.height).toBeCloseTo(width / height, 0);
  expect(await sharp(await thumbnail({ path }, 9999)).metadata()).toMatchObject({ width, height });
});

it('says what is no picture', async () => {
  await expect(thumbnail({ bytes: new Uint8Array([1, 2, 3]) }, 10)).rejects.toThrow('A picture cannot be decoded');
});
