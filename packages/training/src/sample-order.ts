import { createHash } from 'node:crypto';
import { Rng } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import type { BatchSource } from './batch-source';
import { drawsOf, type MixturePart } from './mixture-draws';

/** Batches among which like-long samples find together: enough that little is padded, few enough that each batch stays a random one. */
const windowBatches = 16;

export interface OrderOptions {
  /** See BatchSource; all are one part, of which an epoch takes every sample once. */
  parts?: readonly MixturePart[] | undefined;
  /** Samples that follow one another in every epoch, see BatchSource; all are one group. */
  groups?: readonly number[] | undefined;
  /** Puts samples of like length into one batch. */
  byLength?: {
    /** Of every sample; negative for text alone, so that kinds do not mix. */
    lengths: readonly number[];
    batchSize: number;
  };
}

/**
 * The endless order of samples: one seeded permutation after another (of each group in itself), a function of (seed, position) alone, so that a resumed run
 * needs no more than its position to go on. Every epoch holds each sample exactly once, or as often as its part
 * is drawn. By length, a permutation is cut into windows of 16
 * batches; in each the samples are sorted, cut into batches, and the batches shuffled.
 */
export class SampleOrder {
  private epoch = -1;
  private permutation: number[] = [];
  private readonly parts: readonly MixturePart[];
  /** Samples that an epoch takes. */
  readonly length: number;

  constructor(
    size: number,
    private readonly seed: number,
    private readonly options: OrderOptions = {},
  ) {
    this.parts = options.parts ?? [{ samples: size, draws: size }];
    this.length = epochLength({ size, parts: this.parts });
  }

  /** The sample at a position of the stream (0-based, across epochs). */
  at(position: number): number {
    const epoch = Math.floor(position / this.length);
    if (epoch !== this.epoch) {
      this.permutation = this.permuted(epoch);
      this.epoch = epoch;
    }
    return this.permutation[position % this.length] as number;
  }

  /** Samples of positions [from, to). */
  slice(from: number, to: number): number[] {
    return Array.from({ length: to - from }, (_, offset) => this.at(from + offset));
  }

  /** What tells this order from others at a position: the number of samples, the epoch there, and the hash of that epoch's order. */
  digest(position: number): { samples: number; epoch: number; sha256: string } {
    const epoch = Math.floor(position / this.length);
    this.at(epoch * this.length);
    const sha256 = createHash('sha256').update(Int32Array.from(this.permutation)).digest('hex');
    return { samples: this.length, epoch, sha256 };
  }

  private permuted(epoch: number): number[] {
    const rng = new Rng(this.seed, 'order', epoch);
    const { groups = [this.length], byLength } = this.options;
    const taken = this.taken(epoch);
    let start = 0;
    return groups.flatMap((length) => {
      const group = taken.slice(start, (start += length));
      rng.shuffle(group);
      return byLength ? likeLong(group, byLength, rng) : group;
    });
  }

  /** What an epoch takes, part by part. */
  private taken(epoch: number): number[] {
    let first = 0;
    return this.parts.flatMap((part, index) => {
      const start = first;
      first += part.samples;
      return drawsOf(part, epoch, this.seed, index).map((at) => start + at);
    });
  }
}

/** Samples that one pass over a source takes. */
export function epochLength({ size, parts }: Pick<BatchSource<unknown>, 'size' | 'parts'>): number {
  return parts?.reduce((sum, { draws }) => sum + draws, 0) ?? size;
}

/** The order in which a run with these settings takes the samples of a source. */
export function orderOf(
  source: Pick<BatchSource<unknown>, 'size' | 'parts' | 'groups' | 'lengths'>,
  { seed, batchSize, groupByLength }: Pick<TrainConfig, 'seed' | 'batchSize' | 'groupByLength'>,
): SampleOrder {
  const lengths = groupByLength ? source.lengths?.() : undefined;
  return new SampleOrder(source.size, seed, {
    parts: source.parts,
    groups: source.groups,
    ...(lengths && { byLength: { lengths, batchSize } }),
  });
}

/** The same samples in batches of like length. The last window keeps its short batch at its end. */
function likeLong(samples: number[], { lengths, batchSize }: Required<OrderOptions>['byLength'], rng: Rng): number[] {
  const windowSize = windowBatches * batchSize;
  return cut(samples, windowSize).flatMap((window) => {
    const sorted = window.sort((a, b) => (lengths[b] as number) - (lengths[a] as number));
    const batches = cut(sorted, batchSize);
    const short = sorted.length % batchSize === 0 ? undefined : batches.pop();
    rng.shuffle(batches);
    return [...batches.flat(), ...(short ?? [])];
  });
}

function cut(samples: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(samples.length / size) }, (_, at) => samples.slice(at * size, (at + 1) * size));
}
