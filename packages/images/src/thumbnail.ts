import type { ImageRef } from '@moslora/specs';
import sharp from 'sharp';
import { loadImage } from './load-image';

/**
 * A picture as a small WebP file, its longer side at most `side` pixels: as {@link loadImage} decodes it, so what is shown is what a model
 * was given. @throws UserError for anything that is no whole picture
 */
export async function thumbnail(ref: ImageRef, side: number): Promise<Buffer> {
  const { data, width, height } = await loadImage(ref);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 65 })
    .toBuffer();
}
