import type { ImageRef } from '@moslora/specs';
import { preprocess } from '../preprocess';
import type { ImageProcessor } from '../processor';
import type { PictureRequest } from './messages';
import { ThreadPool } from './thread-pool';

export interface PicturePoolOptions {
  processor: ImageProcessor;
  /** Threads; by default one fewer than there are processors, at least one. 0 prepares in the calling thread. */
  workers?: number;
  /** Largest width x height that is decoded; see `loadImage`. */
  pixelLimit?: number;
}

/** A picture with the sample it belongs to, which errors name. */
export interface NamedPicture {
  image: ImageRef;
  sample?: string | undefined;
}

/** Prepares pictures for a tower in worker threads, so that decoding and resizing cost the thread that computes nothing. */
export class PicturePool {
  private readonly pool: ThreadPool<PictureRequest, Float32Array>;

  constructor(private readonly options: PicturePoolOptions) {
    this.pool = new ThreadPool({ entry: new URL('./worker-start.mjs', import.meta.url), workers: options.workers });
  }

  /** A picture as the tower wants it, (3, S, S). @throws UserError naming file and sample for what is no whole picture */
  async prepare({ image, sample }: NamedPicture): Promise<Float32Array> {
    const { processor, workers, pixelLimit } = this.options;
    if (workers === 0) return preprocess(image, processor, { sample, pixelLimit });
    return this.pool.ask({ ref: image, processor, sample, pixelLimit });
  }

  /** Ends the threads; what they had not answered is rejected. */
  close(): Promise<void> {
    return this.pool.close();
  }
}
