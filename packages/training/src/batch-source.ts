import { Rng } from '@moslora/runtime';

/** Where batches come from. The loop decides which samples; the source makes tensors of them. */
export interface BatchSource<Batch> {
  /** Number of samples. */
  readonly size: number;
  /** Sizes of groups that follow one another in every epoch, each shuffled in itself (a curriculum); without it, all is one group. */
  readonly groups?: readonly number[] | undefined;
  /** Assembles the samples at these indices. */
  batch(indices: readonly number[]): Batch | Promise<Batch>;
  /** Told, before each step, which samples this step and the next ones take, in order: what is slow to get may be begun. */
  ahead?(indices: readonly number[]): void;
  /** Frees what `batch` made. */
  dispose?(batch: Batch): void;
}

/**
 * The endless order of samples: one seeded permutation after another (of each group in itself), a function of (seed, position) alone, so that a resumed run
 * needs no more than its position to go on. Every epoch holds each sample exactly once.
 */
export class SampleOrder {
  private epoch = -1;
  private permutation: number[] = [];

  constructor(
    private readonly size: number,
    private readonly seed: number,
    private readonly groups: readonly number[] = [size],
  ) {}

  /** The sample at a position of the stream (0-based, across epochs). */
  at(position: number): number {
    const epoch = Math.floor(position / this.size);
    if (epoch !== this.epoch) {
      const rng = new Rng(this.seed, 'order', epoch);
      let start = 0;
      this.permutation = this.groups.flatMap((length) => {
        const group = Array.from({ length }, (_, index) => start + index);
        start += length;
        rng.shuffle(group);
        return group;
      });
      this.epoch = epoch;
    }
    return this.permutation[position % this.size] as number;
  }

  /** Samples of positions [from, to). */
  slice(from: number, to: number): number[] {
    return Array.from({ length: to - from }, (_, offset) => this.at(from + offset));
  }
}
