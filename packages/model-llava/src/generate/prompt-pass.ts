import type { KvCache } from '@moslora/decoder';
import { tf } from '@moslora/runtime';
import type { Columns } from './columns';
import { onePass, twoPasses, type Pass } from './pass';
import { telling, type WidePrompt } from './prompt';
import { sharePrefixes } from './share-prefixes';
import type { Speaker } from './speaker';

/**
 * Several prompts on their way through a decoder, padded on the left. Those that begin alike, as the rotations of a question do, go that way
 * together: their common beginning once, then what follows in each. Long ones may go in pieces.
 */
export class PromptPass {
  readonly columns: readonly Columns[];
  /** Those that are not through; the last one stays. */
  private readonly passes: [Pass, ...Pass[]];

  /** @param features of all pictures, (I, N, Dv); they stay the caller's */
  constructor(
    private readonly speaker: Speaker,
    prompts: readonly WidePrompt[],
    private readonly features: tf.Tensor3D | undefined,
  ) {
    this.passes = passesOf(speaker, prompts, features?.shape[1] ?? 1);
    this.columns = this.passes.at(-1)!.columns;
  }

  /**
   * Lets a piece of the prompts go through, at most so many positions of all rows together, where more are left than that.
   * @returns whether it did: something is then left
   */
  advance(cache: KvCache, most: number): boolean {
    const [pass] = this.passes;
    const columns = Math.max(1, Math.floor(most / pass.rows.length));
    const isLast = this.passes.length === 1 && pass.left <= columns;
    if (isLast || positionsOf(this.passes) <= most) return false;
    this.piece(cache, columns);
    return true;
  }

  /** Lets all that is left go through, and gives the logits of each prompt's last position, (B, V). */
  finish(cache: KvCache): tf.Tensor2D {
    while (this.passes.length > 1) this.piece(cache, Infinity);
    return this.speaker.decoder.logits(this.through(cache, this.passes[0].left));
  }

  dispose(): void {
    for (const pass of this.passes) pass.dispose();
  }

  /** At most so many columns of the first pass. */
  private piece(cache: KvCache, most: number): void {
    const count = Math.min(most, this.passes[0].left);
    tf.tidy(() => void this.through(cache, count));
  }

  /** So many more columns of the first pass, which ends with its last one: the hidden states of the last, (B, D). */
  private through(cache: KvCache, count: number): tf.Tensor2D {
    const [pass] = this.passes;
    const { rows, after } = pass;
    if (pass.done === 0 && after) cache.keepRows(after);
    const x = pass.embedded(count, (ids) => this.speaker.embed(ids, rows.length, this.picturesOf(rows)));
    const last = Int32Array.from(rows, (_, b) => (b + 1) * count - 1);
    const mask = pass.mask(count, cache.length + count);
    pass.done += count;
    if (pass.left === 0) {
      pass.dispose();
      if (this.passes.length > 1) this.passes.shift();
    }
    return this.speaker.decoder.forwardRows(x, last, { cache, ...mask });
  }

  /** Features of the rows' pictures in reading order. */
  private picturesOf(rows: readonly WidePrompt[]): { features?: tf.Tensor3D } {
    const shown = rows.flatMap(({ pictures }) => pictures);
    const { features } = this;
    if (!features || shown.length === 0) return {};
    const asTheyAre = shown.length === features.shape[0] && shown.every((picture, at) => picture === at);
    return { features: asTheyAre ? features : tf.gather(features, tf.tensor1d(shown, 'int32')) };
  }
}

/**
 * Positions that prompts take which go through together: all padded to the longest, and what some begin with alike counted once.
 * @param patches positions of a picture
 */
export const passPositions = (speaker: Speaker, prompts: readonly WidePrompt[], patches: number): number =>
  positionsOf(passesOf(speaker, prompts, patches));

function passesOf({ decoder }: Speaker, prompts: readonly WidePrompt[], patches: number): [Pass, ...Pass[]] {
  // A rotation that depends on the whole length cannot be had before that is known.
  const dynamic = decoder.config.rope.type === 'dynamic';
  const shared = dynamic ? undefined : sharePrefixes(prompts.map((prompt) => telling(prompt, patches)));
  return shared ? twoPasses(prompts, shared, patches) : [onePass(prompts)];
}

/** Positions that are left of passes. */
const positionsOf = (passes: readonly Pass[]): number =>
  passes.reduce((sum, { positionsLeft }) => sum + positionsLeft, 0);
