import type { NamedPicture } from '@moslora/images';
import type { LlavaBatch, Pictures } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import { collate, widenedLength } from '@moslora/tokenization';
import type { BatchSource } from '@moslora/training';
import type { EncodedSample } from './encode-samples';

/** Features of pictures, kept since the tower saw them or made when they are read; or pixels, where the model's tower learns. */
export interface PictureFeatures {
  /** What {@link read} gives; features. */
  readonly gives?: 'features' | 'pixels';
  /** (N, D) of one picture. */
  readonly shape: readonly [number, number];
  /** (P, N, D), or pixels (P, 3, S, S), in the order of the pictures. */
  read(pictures: readonly NamedPicture[]): tf.Tensor | Promise<tf.Tensor>;
  /** Told which pictures the coming steps will read, in order. */
  expect?(pictures: readonly NamedPicture[]): void;
}

/** These pictures as the model takes them. */
export async function seen(features: PictureFeatures, pictures: readonly NamedPicture[]): Promise<Pictures> {
  if (pictures.length === 0) return {};
  const read = await features.read(pictures);
  return features.gives === 'pixels' ? { pixels: read as tf.Tensor4D } : { features: read as tf.Tensor3D };
}

export interface ConversationOptions {
  maxLength: number;
  features: PictureFeatures;
}

/** Conversations as batches for {@link LlavaModel.lossSum}: ids and labels made before, pictures' features read when they are needed. */
export class ConversationSource implements BatchSource<LlavaBatch> {
  /** How many samples each part has. */
  readonly groups: readonly number[];
  private readonly samples: (EncodedSample & { pictures: NamedPicture[] })[];

  /** @param parts samples that follow one another in training; one part is shuffled as a whole */
  constructor(
    parts: readonly (readonly EncodedSample[])[],
    private readonly options: ConversationOptions,
  ) {
    this.groups = parts.map(({ length }) => length);
    this.samples = parts.flat().map(({ sample, encoded }) => ({
      sample,
      encoded,
      pictures: sample.images.map((image) => ({ image, sample: sample.id })),
    }));
  }

  get size(): number {
    return this.samples.length;
  }

  lengths(): number[] {
    const { maxLength, features } = this.options;
    return this.samples.map(({ encoded, pictures }) => {
      const length = Math.min(maxLength, widenedLength(encoded, features.shape[0]));
      return pictures.length > 0 ? length : -length;
    });
  }

  ahead(indices: readonly number[]): void {
    this.options.features.expect?.(this.chosen(indices).flatMap(({ pictures }) => pictures));
  }

  async batch(indices: readonly number[]): Promise<LlavaBatch> {
    const chosen = this.chosen(indices);
    const { maxLength, features } = this.options;
    const { size, inputIds, labels, branches, positions } = collate(
      chosen.map(({ encoded }) => encoded),
      { patchesPerSlot: features.shape[0], padId: 0, maxLength },
    );
    const pictures = chosen.flatMap((sample) => sample.pictures);
    return { size, inputIds, labels, branches, positions, ...(await seen(features, pictures)) };
  }

  /** Sizes of a batch that is not made: B and T, and the labels and pictures in it. */
  extent(indices: readonly number[]): { batch: number; tokens: number; labels: number; pictures: number } {
    const { maxLength, features } = this.options;
    const samples = this.chosen(indices);
    const encoded = samples.map((sample) => sample.encoded);
    const { size, length, trainedTokens } = collate(encoded, {
      patchesPerSlot: features.shape[0],
      padId: 0,
      maxLength,
    });
    const pictures = samples.reduce((sum, sample) => sum + sample.pictures.length, 0);
    return { batch: size, tokens: length, labels: trainedTokens, pictures };
  }

  dispose(batch: LlavaBatch): void {
    tf.dispose([batch.features, batch.pixels]);
  }

  private chosen(indices: readonly number[]): (EncodedSample & { pictures: NamedPicture[] })[] {
    return indices.map((index) => this.samples[index]!);
  }
}
