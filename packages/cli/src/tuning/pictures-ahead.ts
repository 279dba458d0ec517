import { PicturePool, Prefetch, type ImageProcessor, type NamedPicture } from '@moslora/images';

/** With fewer pictures than this, threads take longer to start than they save. */
const FEW = 16;

export interface AheadOptions {
  /** Pictures that may be prepared and not yet taken. */
  most: number;
  /** Pictures there will be in all, where it is known. */
  pictures?: number;
}

/** Pictures prepared by worker threads before they are needed, in the order in which they will be. */
export class PicturesAhead {
  private readonly pool: PicturePool;
  private readonly prefetch: Prefetch<NamedPicture, Float32Array>;

  constructor(processor: ImageProcessor, { most, pictures = Infinity }: AheadOptions) {
    this.pool = new PicturePool({ processor, ...(pictures < FEW ? { workers: 0 } : {}) });
    this.prefetch = new Prefetch({ load: (picture) => this.pool.prepare(picture), most });
  }

  /** Says which pictures come next; the same objects are taken later. */
  expect(pictures: readonly NamedPicture[]): void {
    this.prefetch.expect(pictures);
  }

  /** One picture's pixels (3, S, S). @throws UserError naming file and sample */
  take(picture: NamedPicture): Promise<Float32Array> {
    return this.prefetch.take(picture);
  }

  async close(): Promise<void> {
    await this.prefetch.close();
    await this.pool.close();
  }
}
