import type { ImageRef } from '@moslora/specs';
import sharp from 'sharp';
import { loadImage } from './load-image';

/** A picture of any format that is read here as a PNG file of the same pixels. @throws UserError for anything that is no whole picture */
export async function asPng(ref: ImageRef): Promise<Buffer> {
  const { data, width, height } = await loadImage(ref);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
