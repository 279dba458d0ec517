import type { LlavaBatch } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import { fail, IMAGE_MARKER, type Problem, type Sample, type Turn, UserError } from '@moslora/specs';
import {
  collate,
  encodeConversation,
  sharePrefix,
  widenSlots,
  type EncodedConversation,
  type Template,
  type Tokenizer,
} from '@moslora/tokenization';
import type { BatchSource } from '@moslora/training';
import type { FeatureStore } from './feature-store';

/** How many broken samples one error shows. */
const mostShown = 20;

export interface ConversationOptions {
  tokenizer: Tokenizer;
  template: Template;
  /** System turn put before conversations that have none; undefined leaves the template's own default. */
  system: string | undefined;
  maxLength: number;
  /** Their shape alone where no batch is asked for. */
  features: Pick<FeatureStore, 'shape' | 'read'>;
  /** Whether a question sees the turns before it, or only what all turns share: its picture and system text. */
  turns: 'chained' | 'independent';
}

/** What became of the samples when they were cut into tokens. */
export interface ConversationCounts {
  samples: number;
  /** Label tokens of one pass over the data. */
  trainedTokens: number;
  /** Positions of one pass over the data, picture patches included. */
  positions: number;
  longest: number;
  /** Samples left out, with the reason. */
  dropped: { id: string; reason: string }[];
}

/** Conversations as batches for {@link LlavaModel.lossSum}: ids and labels made once, pictures' features read when they are needed. */
export class ConversationSource implements BatchSource<LlavaBatch> {
  readonly counts: ConversationCounts;
  /** How many samples each part has left. */
  readonly groups: readonly number[];
  private readonly samples: { sample: Sample; encoded: EncodedConversation }[];

  /**
   * @param parts samples that follow one another in training; one part is shuffled as a whole
   * @throws UserError listing every sample that cannot be cut into tokens
   */
  constructor(
    parts: readonly (readonly Sample[])[],
    private readonly options: ConversationOptions,
  ) {
    const encoded = encodeAll(parts.flat(), options);
    const patchesPerSlot = options.features.shape[0];
    this.counts = { samples: 0, trainedTokens: 0, positions: 0, longest: 0, dropped: [] };
    const fits = ({ sample, encoded: each }: (typeof encoded)[number]): boolean => {
      const { dropped, trainedTokens, length } = collate([each], {
        patchesPerSlot,
        padId: 0,
        maxLength: options.maxLength,
      });
      if (dropped[0]) {
        this.counts.dropped.push({ id: sample.id, reason: dropped[0].reason });
        return false;
      }
      this.counts.samples++;
      this.counts.trainedTokens += trainedTokens;
      this.counts.positions += length;
      this.counts.longest = Math.max(this.counts.longest, widenSlots(each, patchesPerSlot).inputIds.length);
      return true;
    };
    let start = 0;
    const kept = parts.map(({ length }) => encoded.slice(start, (start += length)).filter(fits));
    this.groups = kept.map(({ length }) => length);
    this.samples = kept.flat();
    if (this.samples.length === 0) {
      fail({
        what: 'Every sample was left out',
        got: this.counts.dropped[0]
          ? `sample ${this.counts.dropped[0].id}: ${this.counts.dropped[0].reason}`
          : 'no samples at all',
        fix: `raise train.maxLength (now ${options.maxLength})`,
      });
    }
  }

  get size(): number {
    return this.samples.length;
  }

  batch(indices: readonly number[]): LlavaBatch {
    const chosen = indices.map((index) => this.samples[index] as (typeof this.samples)[number]);
    const { maxLength, features } = this.options;
    const { size, inputIds, labels, branches, positions } = collate(
      chosen.map(({ encoded }) => encoded),
      { patchesPerSlot: features.shape[0], padId: 0, maxLength },
    );
    const images = chosen.flatMap(({ sample }) => sample.images);
    return {
      size,
      inputIds,
      labels,
      branches,
      positions,
      ...(images.length > 0 ? { features: features.read(images) } : {}),
    };
  }

  /** Sizes of a batch that is not made: B and T, and the labels in it. */
  extent(indices: readonly number[]): { batch: number; tokens: number; labels: number } {
    const { maxLength, features } = this.options;
    const chosen = indices.map((index) => (this.samples[index] as (typeof this.samples)[number]).encoded);
    const { size, length, trainedTokens } = collate(chosen, { patchesPerSlot: features.shape[0], padId: 0, maxLength });
    return { batch: size, tokens: length, labels: trainedTokens };
  }

  dispose(batch: LlavaBatch): void {
    if (batch.features) tf.dispose(batch.features);
  }
}

function encodeAll(samples: readonly Sample[], { tokenizer, template, system, turns: manner }: ConversationOptions) {
  const problems: Problem[] = [];
  const encoded = samples.flatMap((sample) => {
    const hasSystem = sample.turns[0]?.role === 'system';
    const turns =
      system === undefined || hasSystem ? sample.turns : [{ role: 'system' as const, text: system }, ...sample.turns];
    const options = { sampleId: sample.id, images: sample.images.length };
    const encode = (each: readonly Turn[]) => encodeConversation(tokenizer, template, each, options);
    try {
      return [{ sample, encoded: manner === 'chained' ? encode(turns) : sharePrefix(singleTurns(turns).map(encode)) }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length === 0) return encoded;
  const hidden = problems.length - mostShown;
  return fail([
    ...problems.slice(0, mostShown),
    ...(hidden > 0 ? [{ what: `and ${hidden} more samples with problems` }] : []),
  ]);
}

/** Every question of a conversation as a conversation of its own, with the system text and the pictures of the whole. */
function singleTurns(turns: readonly Turn[]): Turn[][] {
  const system = turns.filter(({ role }) => role === 'system');
  const slots = turns.reduce((count, { text }) => count + text.split(IMAGE_MARKER).length - 1, 0);
  const pictures = Array.from({ length: slots }, () => `${IMAGE_MARKER}\n`).join('');
  const rest = turns.filter(({ role }) => role !== 'system');
  return Array.from({ length: Math.ceil(rest.length / 2) }, (_, index) => {
    const [question, ...answer] = rest.slice(2 * index, 2 * index + 2) as [Turn, ...Turn[]];
    const text = question.text.replaceAll(IMAGE_MARKER, '').trimStart();
    return [...system, { ...question, text: pictures + text }, ...answer];
  });
}
