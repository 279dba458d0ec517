import { preprocess, type ImageProcessor } from '@moslora/images';
import { tf } from '@moslora/runtime';
import { fail, type Problem, type Sample, UserError } from '@moslora/specs';
import type { Tokenizer } from '@moslora/tokenization';
import type { BatchSource } from '@moslora/training';
import type { ContrastiveBatch } from '@moslora/vision-encoder';

/** A picture ready for the tower with the ids of its caption. */
interface Pair {
  pixels: Float32Array;
  ids: number[];
}

/** Pictures with captions as batches for contrastive pretraining; all pixels are kept in memory. */
export class CaptionSource implements BatchSource<ContrastiveBatch> {
  private constructor(
    private readonly pairs: readonly Pair[],
    private readonly side: number,
  ) {}

  /**
   * Reads every picture once. The caption is the sample's first assistant turn, cut to `maxTokens`.
   * @throws UserError listing the pictures that cannot be read and the samples without picture or caption
   */
  static async read(
    samples: readonly Sample[],
    { processor, tokenizer, maxTokens }: { processor: ImageProcessor; tokenizer: Tokenizer; maxTokens: number },
  ): Promise<CaptionSource> {
    const problems: Problem[] = [];
    const pairs: Pair[] = [];
    const together = 64;
    for (let start = 0; start < samples.length; start += together) {
      const part = samples.slice(start, start + together);
      const read = await Promise.all(part.map((sample) => readPair(sample, processor, tokenizer, maxTokens, problems)));
      pairs.push(...read.filter((pair) => pair !== undefined));
    }
    if (problems.length > 0) fail(problems.slice(0, 20));
    return new CaptionSource(pairs, processor.size);
  }

  get size(): number {
    return this.pairs.length;
  }

  batch(indices: readonly number[]): ContrastiveBatch {
    const chosen = indices.map((index) => this.pairs[index] as Pair);
    const plane = 3 * this.side * this.side;
    const pixels = new Float32Array(chosen.length * plane);
    const longest = Math.max(...chosen.map(({ ids }) => ids.length));
    const textIds = new Int32Array(chosen.length * longest);
    chosen.forEach((pair, row) => {
      pixels.set(pair.pixels, row * plane);
      textIds.set(pair.ids, row * longest);
    });
    return {
      pixels: tf.tensor4d(pixels, [chosen.length, 3, this.side, this.side]), // (B, 3, S, S)
      textIds: tf.tensor2d(textIds, [chosen.length, longest], 'int32'), // (B, T)
      lengths: chosen.map(({ ids }) => ids.length),
    };
  }

  dispose({ pixels, textIds }: ContrastiveBatch): void {
    tf.dispose([pixels, textIds]);
  }
}

async function readPair(
  sample: Sample,
  processor: ImageProcessor,
  tokenizer: Tokenizer,
  maxTokens: number,
  problems: Problem[],
): Promise<Pair | undefined> {
  const caption = sample.turns.find(({ role }) => role === 'assistant')?.text;
  const image = sample.images[0];
  if (caption === undefined || image === undefined) {
    problems.push({
      what: 'A sample for contrastive pretraining lacks its picture or its caption',
      where: `sample ${sample.id}`,
    });
    return undefined;
  }
  try {
    return { pixels: await preprocess(image, processor), ids: tokenizer.encode(caption).slice(0, maxTokens) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
