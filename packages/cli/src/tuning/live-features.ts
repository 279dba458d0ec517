import type { ImageProcessor, NamedPicture } from '@moslora/images';
import { tf } from '@moslora/runtime';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';
import { PicturesAhead } from './pictures-ahead';
import { featureShape, pixelBatch } from './see-batch';

/** Memory that pictures waiting for their step may take. */
const WAITING_BYTES = 256e6;

/** Pictures that may wait for their step, of (3, S, S) float32 each. */
export function mostWaiting(side: number): number {
  return Math.min(128, Math.max(8, Math.floor(WAITING_BYTES / (4 * 3 * side ** 2))));
}

/** How long steps stood still for their pictures. */
export interface PictureWaits {
  /** In all, in seconds. */
  pictureWaitSeconds: number;
  longestPictureWaitSeconds: number;
}

/**
 * Features of a frozen tower, computed when a batch needs them and kept nowhere: for data whose features no disk would hold; or the
 * pixels, for a tower that learns and so belongs to the model. The pictures of coming steps are prepared by worker threads meanwhile.
 */
export class LiveFeatures {
  /** (N, D) of one picture. */
  readonly shape: readonly [number, number];
  private readonly ahead: PicturesAhead;
  private reads = 0;
  private readonly waited: PictureWaits = { pictureWaitSeconds: 0, longestPictureWaitSeconds: 0 };

  constructor(
    private readonly tower: VisionTower,
    private readonly processor: ImageProcessor,
    private readonly choice: FeatureChoice,
    readonly gives: 'features' | 'pixels' = 'features',
  ) {
    this.shape = featureShape(tower, choice);
    this.ahead = new PicturesAhead(processor, { most: mostWaiting(processor.size) });
  }

  /** Says which pictures the coming steps will read, in order. */
  expect(pictures: readonly NamedPicture[]): void {
    this.ahead.expect(pictures);
  }

  /** Features of these pictures (P, N, D), or their pixels (P, 3, S, S), in their order. @throws UserError naming file and sample of one that cannot be read */
  async read(pictures: readonly NamedPicture[]): Promise<tf.Tensor3D | tf.Tensor4D> {
    const asked = performance.now();
    const pixels = await Promise.all(pictures.map((picture) => this.ahead.take(picture)));
    this.noteWait((performance.now() - asked) / 1000);
    if (this.gives === 'pixels') return pixelBatch(pixels, this.processor.size);
    return tf.tidy(() => this.tower.features(pixelBatch(pixels, this.processor.size), this.choice));
  }

  /** What reading waited for pictures, the first time aside: threads start then, and nothing was ahead of it. */
  waits(): PictureWaits {
    return { ...this.waited };
  }

  /** Frees the tower too. */
  async close(): Promise<void> {
    await this.ahead.close();
    this.tower.dispose();
  }

  private noteWait(seconds: number): void {
    if (this.reads++ === 0) return;
    this.waited.pictureWaitSeconds += seconds;
    this.waited.longestPictureWaitSeconds = Math.max(this.waited.longestPictureWaitSeconds, seconds);
  }
}
