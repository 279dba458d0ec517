import type { MixturePart } from './mixture-draws';

/** Where batches come from. The loop decides which samples; the source makes tensors of them. */
export interface BatchSource<Batch> {
  /** Number of samples. */
  readonly size: number;
  /** The parts that the samples belong to, one after the other, with what an epoch takes of each; without it, every sample once. */
  readonly parts?: readonly MixturePart[] | undefined;
  /**
   * Sizes of groups that follow one another in every epoch, each shuffled in itself (a curriculum), counted in samples taken; without it, all is one
   * group.
   */
  readonly groups?: readonly number[] | undefined;
  /** Positions that each sample takes in a batch; negative for text alone. Asked where like-long samples go together (`groupByLength`). */
  lengths?(): readonly number[];
  /** Assembles the samples at these indices. */
  batch(indices: readonly number[]): Batch | Promise<Batch>;
  /** Told, before each step, which samples this step and the next ones take, in order: what is slow to get may be begun. */
  ahead?(indices: readonly number[]): void;
  /** Frees what `batch` made. */
  dispose?(batch: Batch): void;
}
