import type { ImageProcessor, NamedPicture } from '@moslora/images';
import { tf } from '@moslora/runtime';
import { fail, type Problem, type Sample, UserError } from '@moslora/specs';
import type { Tokenizer } from '@moslora/tokenization';
import type { BatchSource } from '@moslora/training';
import type { ContrastiveBatch } from '@moslora/vision-encoder';
import { pictureKey } from './feature-store';
import { PicturesAhead } from './pictures-ahead';
import { patchRegion, regionBatch, textBatch, type PatchRegion } from './region-batch';

/** A picture ready for the tower with the ids of its caption, and what its parts show. */
interface Pair {
  pixels: Float32Array;
  ids: number[];
  regions: PatchRegion[];
}

export interface CaptionOptions {
  processor: ImageProcessor;
  tokenizer: Tokenizer;
  /** Longer captions are cut. */
  maxTokens: number;
  /** Pictures in a row that always go into a batch together. */
  together?: number;
  /** Patches along a side of the tower's picture; without it regions are left out. */
  patchesPerSide?: number;
}

/**
 * Pictures with captions as batches for contrastive pretraining; all pixels are kept in memory. One index stands for `together`
 * pictures in a row, so that pictures made to be told apart meet in one batch.
 */
export class CaptionSource implements BatchSource<ContrastiveBatch> {
  private constructor(
    private readonly pairs: readonly Pair[],
    private readonly side: number,
    private readonly together: number,
    private readonly patches: number,
  ) {}

  /**
   * Reads every picture once. The caption is the sample's first assistant turn, cut to `maxTokens`; where a picture has several
   * captions the pictures take turns in which one they use, so that no batch holds two captions of one picture.
   * @throws UserError listing the pictures that cannot be read and the samples without picture or caption
   */
  static async read(samples: readonly Sample[], options: CaptionOptions): Promise<CaptionSource> {
    const problems: Problem[] = [];
    const chosen = oneCaptionEach(samples, options.together ?? 1);
    const pairs: Pair[] = [];
    const captioned = chosen.flatMap((sample) => captionOf(sample, problems));
    const ahead = new PicturesAhead(options.processor, { most: readAtOnce, pictures: captioned.length });
    try {
      ahead.expect(captioned);
      for (const each of captioned) {
        const pair = await readPair(each, ahead, options, problems);
        if (pair) pairs.push(pair);
      }
    } finally {
      await ahead.close();
    }
    if (problems.length > 0) fail(problems.slice(0, 20));
    return new CaptionSource(pairs, options.processor.size, options.together ?? 1, (options.patchesPerSide ?? 0) ** 2);
  }

  get size(): number {
    return Math.ceil(this.pairs.length / this.together);
  }

  /** All pictures. */
  get pictures(): number {
    return this.pairs.length;
  }

  batch(indices: readonly number[]): ContrastiveBatch {
    const chosen = indices.flatMap((index) => this.pairs.slice(index * this.together, (index + 1) * this.together));
    const plane = 3 * this.side * this.side;
    const pixels = new Float32Array(chosen.length * plane);
    chosen.forEach((pair, row) => pixels.set(pair.pixels, row * plane));
    const regions = regionBatch(
      chosen.map((pair) => pair.regions),
      this.patches,
    );
    return {
      pixels: tf.tensor4d(pixels, [chosen.length, 3, this.side, this.side]), // (B, 3, S, S)
      ...textBatch(chosen.map(({ ids }) => ids)), // (B, T)
      ...(regions && { regions }),
    };
  }

  dispose({ pixels, textIds, regions }: ContrastiveBatch): void {
    tf.dispose([pixels, textIds]);
    if (regions) tf.dispose([regions.weights, regions.rows, regions.phrases, regions.textIds]);
  }
}

/** Pictures prepared before they are reached. */
const readAtOnce = 64;

/** One sample per picture; pictures that go together use the same of their captions, since only then they are hard to tell apart. */
function oneCaptionEach(samples: readonly Sample[], together: number): Sample[] {
  const byPicture = new Map<string, Sample[]>();
  for (const sample of samples) {
    const key = sample.images[0] ? pictureKey(sample.images[0]) : sample.id;
    byPicture.set(key, [...(byPicture.get(key) ?? []), sample]);
  }
  return [...byPicture.values()].map((group, index) => group[Math.floor(index / together) % group.length] as Sample);
}

interface Captioned extends NamedPicture {
  caption: string;
  regions: NonNullable<Sample['regions']>;
}

/** The sample's first picture with its first assistant turn; none where it lacks either. */
function captionOf(sample: Sample, problems: Problem[]): Captioned[] {
  const caption = sample.turns.find(({ role }) => role === 'assistant')?.text;
  const image = sample.images[0];
  if (caption !== undefined && image !== undefined)
    return [{ image, sample: sample.id, caption, regions: sample.regions ?? [] }];
  problems.push({
    what: 'A sample for contrastive pretraining lacks its picture or its caption',
    where: `sample ${sample.id}`,
  });
  return [];
}

async function readPair(
  captioned: Captioned,
  ahead: PicturesAhead,
  { tokenizer, maxTokens, patchesPerSide: side }: CaptionOptions,
  problems: Problem[],
): Promise<Pair | undefined> {
  const cut = (text: string): number[] => tokenizer.encode(text).slice(0, maxTokens);
  try {
    const pixels = await ahead.take(captioned);
    const regions =
      side === undefined ? [] : captioned.regions.map((region) => patchRegion(region, side, cut(region.text)));
    return { pixels, ids: cut(captioned.caption), regions };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
