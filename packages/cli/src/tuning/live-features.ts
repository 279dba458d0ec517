import type { ImageProcessor, NamedPicture } from '@moslora/images';
import { tf } from '@moslora/runtime';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';
import { PicturesAhead } from './pictures-ahead';
import { featureShape, pixelBatch } from './see-batch';

/** Memory that pictures waiting for their step may take. */
const WAITING_BYTES = 256e6;

/**
 * Features of a frozen tower, computed when a batch needs them and kept nowhere: for data whose features no disk would hold. The
 * pictures of coming steps are prepared by worker threads meanwhile.
 */
export class LiveFeatures {
  /** (N, D) of one picture. */
  readonly shape: readonly [number, number];
  private readonly ahead: PicturesAhead;

  constructor(
    private readonly tower: VisionTower,
    private readonly processor: ImageProcessor,
    private readonly choice: FeatureChoice,
  ) {
    this.shape = featureShape(tower, choice);
    const bytes = 4 * 3 * processor.size ** 2;
    this.ahead = new PicturesAhead(processor, { most: Math.min(128, Math.max(8, Math.floor(WAITING_BYTES / bytes))) });
  }

  /** Says which pictures the coming steps will read, in order. */
  expect(pictures: readonly NamedPicture[]): void {
    this.ahead.expect(pictures);
  }

  /** Features of these pictures (P, N, D), in their order. @throws UserError naming file and sample of one that cannot be read */
  async read(pictures: readonly NamedPicture[]): Promise<tf.Tensor3D> {
    const pixels = await Promise.all(pictures.map((picture) => this.ahead.take(picture)));
    return tf.tidy(() => this.tower.features(pixelBatch(pixels, this.processor.size), this.choice));
  }

  /** Frees the tower too. */
  async close(): Promise<void> {
    await this.ahead.close();
    this.tower.dispose();
  }
}
