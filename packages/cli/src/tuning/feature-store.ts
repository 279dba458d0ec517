import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { preprocess, type ImageProcessor } from '@moslora/images';
import { tf } from '@moslora/runtime';
import { type ImageRef, UserError } from '@moslora/specs';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';

/** What identifies a picture: its path, or the hash of its bytes. */
export function pictureKey(image: ImageRef): string {
  return 'path' in image ? image.path : createHash('sha256').update(image.bytes).digest('hex');
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

  /** Computes the features of all distinct pictures. @throws UserError listing the pictures that could not be read */
  static async compute(images: readonly ImageRef[], options: FeatureStoreOptions): Promise<FeatureStore> {
    const { tower, processor, choice, batchSize = 32, onProgress, signal } = options;
    const distinct = [...new Map(images.map((image) => [pictureKey(image), image]))];
    const shape = featureShape(tower, choice);
    const file = openSync(options.path, 'w+');
    const store = new FeatureStore(file, shape);
    const problems: UserError['problems'][number][] = [];
    for (let start = 0; start < distinct.length && !signal?.aborted; start += batchSize) {
      const part = distinct.slice(start, start + batchSize);
      const pixels = await Promise.all(part.map(([, image]) => readPixels(image, processor, problems)));
      const readable = part.filter((_, index) => pixels[index] !== undefined).map(([key]) => key);
      const features = towerFeatures(
        tower,
        choice,
        pixels.filter((each) => each !== undefined),
        processor.size,
      );
      writeSync(file, features, 0, features.byteLength, store.rowOf.size * store.bytes);
      for (const key of readable) store.rowOf.set(key, store.rowOf.size);
      onProgress?.(Math.min(start + batchSize, distinct.length), distinct.length);
    }
    if (problems.length > 0) {
      store.close();
      throw new UserError(problems);
    }
    return store;
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
  read(images: readonly ImageRef[]): tf.Tensor3D {
    const [patches, width] = this.shape;
    const data = new Float32Array(images.length * patches * width);
    const { file } = this;
    if (file === undefined) return tf.tensor3d(data, [images.length, patches, width]);
    images.forEach((image, index) => {
      const row = this.rowOf.get(pictureKey(image));
      if (row === undefined) throw new Error(`no features of picture ${pictureKey(image)}`);
      readSync(file, data, index * this.bytes, this.bytes, row * this.bytes);
    });
    return tf.tensor3d(data, [images.length, patches, width]);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }
}

/** (N, D) of one picture. */
function featureShape(tower: VisionTower, choice: FeatureChoice): [number, number] {
  return [
    tower.featureRows(choice),
    tower.config.hiddenSize * (typeof choice.layer === 'number' ? 1 : choice.layer.length),
  ];
}

/** Features (B*N*D) of pictures (3, S, S) each. */
function towerFeatures(
  tower: VisionTower,
  choice: FeatureChoice,
  pixels: readonly Float32Array[],
  side: number,
): Float32Array {
  if (pixels.length === 0) return new Float32Array(0);
  return tf.tidy(() => {
    const batch = tf.tensor4d(joined(pixels), [pixels.length, 3, side, side]); // (B, 3, S, S)
    return tower.features(batch, choice).dataSync<'float32'>(); // (B, N, D)
  });
}

async function readPixels(
  image: ImageRef,
  processor: ImageProcessor,
  problems: UserError['problems'][number][],
): Promise<Float32Array | undefined> {
  try {
    return await preprocess(image, processor);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const size = arrays[0]?.length ?? 0;
  const all = new Float32Array(arrays.length * size);
  arrays.forEach((array, index) => all.set(array, index * size));
  return all;
}
