import { createHash } from 'node:crypto';
import { PicturePool } from '@moslora/images';
import { UserError } from '@moslora/specs';
import { badRequest } from '../api/api-error';
import type { SeenPicture } from '../engine/job';
import type { Limits } from '../limits';
import type { ServedEyes } from '../served';
import { FeatureCache } from './feature-cache';

/** Beginnings of the formats that are decoded: nothing else gets as far as a decoder. */
const FORMATS = [/^\x89PNG\r\n/, /^\xff\xd8\xff/, /^GIF8[79]a/, /^RIFF[^]{4}WEBP/, /^(II\*\0|MM\0\*)/];

/** Sees pictures: decoded by worker threads, seen by the tower, and kept by the hash of their bytes. */
export class PictureEyes {
  readonly cache: FeatureCache;
  private readonly pool: PicturePool;
  /** Pictures being seen now: others who send the same wait for it. */
  private readonly underWay = new Map<string, Promise<Float32Array>>();

  constructor(
    private readonly eyes: ServedEyes,
    { cacheBytes, picturePixels }: Pick<Limits, 'cacheBytes' | 'picturePixels'>,
  ) {
    this.cache = new FeatureCache(cacheBytes);
    this.pool = new PicturePool({ processor: eyes.processor, pixelLimit: picturePixels });
  }

  /** (N, D) */
  get shape(): readonly [number, number] {
    return this.eyes.shape;
  }

  /** A picture, seen. @throws ApiError 400 for what is no whole picture of a sane size */
  async look(bytes: Uint8Array, param: string): Promise<SeenPicture> {
    const key = createHash('sha256').update(bytes).digest('hex');
    const known = this.cache.get(key);
    if (known) return { key, features: known };
    let seeing = this.underWay.get(key);
    if (!seeing) {
      seeing = this.see(bytes, key).finally(() => this.underWay.delete(key));
      this.underWay.set(key, seeing);
    }
    try {
      return { key, features: await seeing };
    } catch (error) {
      throw error instanceof UserError ? badRequest(error, param) : error;
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async see(bytes: Uint8Array, key: string): Promise<Float32Array> {
    const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    if (!FORMATS.some((format) => format.test(start)))
      throw new UserError({
        what: 'The picture has a format that is not read here',
        expected: 'PNG, JPEG, WebP, GIF or TIFF',
      });
    const features = this.eyes.see([await this.pool.prepare({ image: { bytes } })]);
    this.cache.set(key, features);
    return features;
  }
}
