import type { NamedPicture } from '@moslora/images';
import type { LlavaBatch } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import { collate, widenedLength, type Batch } from '@moslora/tokenization';
import type { BatchSource, MixturePart } from '@moslora/training';
import type { EncodedSample } from './encode-samples';

/** Features of pictures: kept since the tower saw them, or made when they are read. */
export interface PictureFeatures {
  /** (N, D) of one picture. */
  readonly shape: readonly [number, number];
  /** (P, N, D), in the order of the pictures. */
  read(pictures: readonly NamedPicture[]): tf.Tensor3D | Promise<tf.Tensor3D>;
  /** Told which pictures the coming steps will read, in order. */
  expect?(pictures: readonly NamedPicture[]): void;
}

export interface ConversationOptions {
  maxLength: number;
  features: PictureFeatures;
  /** Whether samples of a batch share rows. */
  packing?: boolean | undefined;
}

/** Samples that belong together in training. */
export interface ConversationPart {
  samples: readonly EncodedSample[];
  /** How often an epoch takes them; see `drawsOf` of training. */
  weight: number;
}

/** Conversations as batches for {@link LlavaModel.lossSum}: ids and labels made before, pictures' features read when they are needed. */
export class ConversationSource implements BatchSource<LlavaBatch> {
  readonly parts: readonly MixturePart[];
  readonly groups: readonly number[];
  private readonly samples: (EncodedSample & { pictures: NamedPicture[] })[];

  /** @param order whether the parts follow one another in every epoch, or are shuffled as one */
  constructor(
    parts: readonly ConversationPart[],
    private readonly options: ConversationOptions,
    order: 'mixed' | 'parts' = 'mixed',
  ) {
    // A part may have no sample left that fits.
    this.parts = parts
      .filter(({ samples }) => samples.length > 0)
      .map(({ samples: { length }, weight }) => ({ samples: length, draws: Math.max(1, Math.round(weight * length)) }));
    const draws = this.parts.map((part) => part.draws);
    this.groups = order === 'parts' ? draws : [draws.reduce((sum, count) => sum + count, 0)];
    this.samples = parts
      .flatMap(({ samples }) => samples)
      .map(({ sample, encoded }) => ({
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
    const { size, inputIds, labels, branches, positions, kept } = this.collated(chosen);
    const pictures = kept.flatMap((index) => chosen[index]!.pictures);
    const read = pictures.length > 0 ? { features: await this.options.features.read(pictures) } : {};
    return { size, inputIds, labels, branches, positions, ...read };
  }

  /** Sizes of a batch that is not made: B and T, and the labels and pictures in it. */
  extent(indices: readonly number[]): { batch: number; tokens: number; labels: number; pictures: number } {
    const { size, length, trainedTokens, slots } = this.collated(this.chosen(indices));
    return { batch: size, tokens: length, labels: trainedTokens, pictures: slots.length };
  }

  dispose(batch: LlavaBatch): void {
    if (batch.features) tf.dispose(batch.features);
  }

  private collated(samples: readonly EncodedSample[]): Batch {
    const { maxLength, features, packing: pack } = this.options;
    const encoded = samples.map((sample) => sample.encoded);
    return collate(encoded, { patchesPerSlot: features.shape[0], padId: 0, maxLength, pack });
  }

  private chosen(indices: readonly number[]): (EncodedSample & { pictures: NamedPicture[] })[] {
    return indices.map((index) => this.samples[index]!);
  }
}
