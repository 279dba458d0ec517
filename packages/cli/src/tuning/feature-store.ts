import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { ImageProcessor, NamedPicture } from '@moslora/images';
import { tf } from '@moslora/runtime';
import { type ImageRef, type Problem, UserError } from '@moslora/specs';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';
import { PicturesAhead } from './pictures-ahead';
import { featureShape, seeBatch } from './see-batch';

/** What identifies a picture: its path and place there, or the hash of its bytes. */
export function pictureKey(image: ImageRef): string {
  if ('bytes' in image) return createHash('sha256').update(image.bytes).digest('hex');
  return image.slice ? `${image.path}@${image.slice.start}` : image.path;
}

export interface FeatureStoreOptions {
  tower: VisionTower;
  processor: ImageProcessor;
  choice: FeatureChoice;
  /** Scratch file for the features, float32. */
  path: string;
  batchSize?: number;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/**
 * Features of a frozen tower, computed once per picture and read back batch by batch from a scratch file, so that their number is
 * bounded by the disk and not by memory.
 */
export class FeatureStore {
  private readonly rowOf = new Map<string, number>();

  private constructor(
    /** The open scratch file; undefined where every picture is blank. */
    private readonly file: number | undefined,
    /** (N, D) of one picture. */
    readonly shape: readonly [number, number],
  ) {}

  /** Zeros for every picture: what a control is given that must answer from the text alone. */
  static blank(tower: VisionTower, choice: FeatureChoice): FeatureStore {
    return new FeatureStore(undefined, featureShape(tower, choice));
  }

  /**
   * Computes the features of all distinct pictures, which are prepared while the tower sees those before.
   * @throws UserError listing the pictures that could not be read
   */
  static async compute(pictures: readonly NamedPicture[], options: FeatureStoreOptions): Promise<FeatureStore> {
    const { tower, processor, choice, batchSize = 32, onProgress, signal } = options;
    const distinct = [...new Map(pictures.map((picture) => [pictureKey(picture.image), picture]))];
    const shape = featureShape(tower, choice);
    const store = new FeatureStore(openSync(options.path, 'w+'), shape);
    const ahead = new PicturesAhead(processor, { most: 2 * batchSize, pictures: distinct.length });
    const problems: Problem[] = [];
    try {
      ahead.expect(distinct.map(([, picture]) => picture));
      for (let start = 0; start < distinct.length && !signal?.aborted; start += batchSize) {
        const part = distinct.slice(start, start + batchSize);
        const pixels = await Promise.all(part.map(([, picture]) => readable(ahead.take(picture), problems)));
        store.append(
          part.filter((_, index) => pixels[index] !== undefined).map(([key]) => key),
          seeBatch(
            tower,
            choice,
            pixels.filter((each) => each !== undefined),
            processor.size,
          ),
        );
        onProgress?.(Math.min(start + batchSize, distinct.length), distinct.length);
      }
      if (problems.length > 0) throw new UserError(problems);
      return store;
    } catch (error) {
      store.close();
      throw error;
    } finally {
      await ahead.close();
    }
  }

  /** Distinct pictures in the store. */
  get pictures(): number {
    return this.rowOf.size;
  }

  /** Of one picture. */
  private get bytes(): number {
    return 4 * this.shape[0] * this.shape[1];
  }

  /** Features of these pictures (P, N, D), in their order. */
  read(pictures: readonly Pick<NamedPicture, 'image'>[]): tf.Tensor3D {
    const [patches, width] = this.shape;
    const data = new Float32Array(pictures.length * patches * width);
    const { file } = this;
    if (file === undefined) return tf.tensor3d(data, [pictures.length, patches, width]);
    pictures.forEach(({ image }, index) => {
      const row = this.rowOf.get(pictureKey(image));
      if (row === undefined) throw new Error(`no features of picture ${pictureKey(image)}`);
      readSync(file, data, index * this.bytes, this.bytes, row * this.bytes);
    });
    return tf.tensor3d(data, [pictures.length, patches, width]);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }

  /** Writes the features (P*N*D) of these pictures behind those there. */
  private append(keys: readonly string[], features: Float32Array): void {
    writeSync(this.file!, features, 0, features.byteLength, this.rowOf.size * this.bytes);
    for (const key of keys) this.rowOf.set(key, this.rowOf.size);
  }
}

async function readable(pixels: Promise<Float32Array>, problems: Problem[]): Promise<Float32Array | undefined> {
  try {
    return await pixels;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
