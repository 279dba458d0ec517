import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { asPng, loadImage } from './index';

it('keeps every pixel', async () => {
  const path = join(import.meta.dirname, 'fixtures/processors/CLIP/picture.png');
  const bytes = await sharp(path).tiff({ compression: 'lzw' }).toBuffer();
  const png = await asPng({ bytes });
  expect((await sharp(png).metadata()).format).toBe('png');
  expect((await loadImage({ bytes: png })).data).toEqual((await loadImage({ bytes })).data);
});
