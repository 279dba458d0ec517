import type { KvCache } from '@moslora/decoder';
import { argMax } from '@moslora/kernels';
import { Rng, tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import { chooseToken } from './choose-token';
import { hideColumns, hidesAny, type Columns } from './columns';
import type { PieceMask } from './pass';
import type { PromptPictures } from './prompt';
import { PromptPass } from './prompt-pass';
import { isPlainGreedy, type Sampling } from './settings';
import type { Speaker } from './speaker';
import { widenPrompts } from './widen-prompts';

/** A prompt that is being answered. */
interface Row extends Columns {
  /** Its place among the prompts. */
  index: number;
  sampling: Sampling;
  rng: Rng;
  /** Ids of the prompt and the answer. */
  seen: number[];
  last: number;
}

/** The next id of one of the prompts. */
export interface NextToken {
  /** The prompt's place among those given. */
  row: number;
  id: number;
  /** What it was chosen from, (V), where that was asked for. */
  logits?: Float32Array;
}

export interface DecodingOptions {
  /** How each prompt's tokens are chosen. */
  sampling: readonly Sampling[];
  /** The place of the first prompt, where others were given elsewhere; 0. */
  first?: number;
  /** Whether {@link NextToken} has logits. */
  logits?: readonly boolean[];
}

/**
 * Several prompts being answered at once: padded on the left they go through the decoder together, then one token of each a step
 * against cached keys and values. A row that ends leaves the batch. What one row gets does not depend on the others: positions count
 * from its own start, padding is masked, and its random numbers come from the seed and its own prompt.
 */
export class Decoding {
  private rows: Row[];
  private cache: KvCache;
  /** Rows whose logits are wanted. */
  private readonly watched: Set<number>;
  /** The prompts, until their first tokens. */
  private prompts: PromptPass | undefined;
  private readonly firstIndex: number;

  /**
   * @param prompts ids with one -200 (or the speaker's `imageTokenId`) per picture, or one per patch
   * @param pictures the prompts' pictures, see {@link PromptPictures}; the features stay the caller's
   */
  constructor(
    private readonly speaker: Speaker,
    prompts: readonly (readonly number[])[],
    { features, shown }: Pick<PromptPictures, 'features' | 'shown'>,
    { sampling, first = 0, logits = [] }: DecodingOptions,
  ) {
    const { imageTokenId } = speaker;
    refuseEmpty(prompts);
    const [pictures, patches] = features ? features.shape : [0, 0];
    const inTurn = Array.from({ length: pictures }, (_, picture) => picture);
    const wide = widenPrompts(prompts, shown ?? inTurn, patches, imageTokenId);
    const pass = new PromptPass(speaker, wide, features);
    this.watched = new Set(prompts.flatMap((_, at) => (logits[at] ? [first + at] : [])));
    this.rows = wide.map(({ ids }, at) => ({
      index: first + at,
      sampling: sampling[at]!,
      rng: new Rng(sampling[at]!.seed, 'generate', prompts[at]!.join()),
      seen: ids.map((id) => (id === IMAGE_TOKEN_INDEX ? (imageTokenId ?? id) : id)),
      ...pass.columns[at]!,
      last: 0,
    }));
    this.cache = speaker.decoder.newCache();
    this.prompts = pass;
    this.firstIndex = first;
  }

  /** Positions of a prompt with its pictures, in tokens. */
  promptLength(row: number): number {
    return this.rows.find(({ index }) => index === row)?.seen.length ?? 0;
  }

  /**
   * Lets a piece of the prompts go through the decoder, at most so many positions of all rows together, where more are left than that. What
   * is left goes through with {@link next}.
   * @returns whether it did
   */
  prefill(most: number): boolean {
    return this.rows.length > 0 && (this.prompts?.advance(this.cache, most) ?? false);
  }

  /** The next token of every row that has not ended; none when all have. */
  async next(): Promise<NextToken[]> {
    if (this.rows.length === 0) return [];
    const chosen = await this.choose();
    this.prompts = undefined;
    return this.rows.map((row, at) => {
      row.last = chosen.ids[at]!;
      row.seen.push(row.last);
      const logits = this.watched.has(row.index) ? chosen.logits?.(at) : undefined;
      return { row: row.index, id: row.last, ...(logits && { logits }) };
    });
  }

  /** How many prompts are being answered. */
  get size(): number {
    return this.rows.length;
  }

  /**
   * Takes over the prompts of another decoding with the same model; both must have begun. From now on they get their tokens here, and what
   * each gets stays what it gets alone.
   */
  absorb(other: Decoding): void {
    if (this.prompts || other.prompts) throw new Error('prompts join after their first token');
    if (other.rows.length === 0) return other.dispose();
    if (this.rows.length === 0) {
      this.cache.dispose();
      [this.cache, this.rows] = [other.cache, other.rows];
    } else {
      const [own, others] = [this.cache.length, other.cache.length];
      this.cache.join(other.cache);
      for (const row of this.rows) row.padding += Math.max(0, others - own);
      for (const row of other.rows) row.padding += Math.max(0, own - others);
      this.rows = [...this.rows, ...other.rows];
    }
    for (const index of other.watched) this.watched.add(index);
    other.rows = [];
  }

  /** Forgets positions that no prompt uses any more, where there are at least so many. */
  compact(least: number): void {
    const unused = Math.min(...this.rows.map(({ padding }) => padding));
    if (this.rows.length === 0 || unused < least) return;
    this.cache.dropFirst(unused);
    for (const row of this.rows) row.padding -= unused;
  }

  /** These prompts need no more tokens. */
  end(prompts: ReadonlySet<number>): void {
    const staying = this.rows.flatMap(({ index }, at) => (prompts.has(index) ? [] : [at]));
    if (staying.length === this.rows.length) return;
    if (staying.length > 0 && !this.prompts) this.cache.keepRows(staying);
    this.rows = staying.map((at) => this.rows[at]!);
    for (const index of prompts) this.watched.delete(index);
  }

  dispose(): void {
    this.prompts?.dispose();
    this.cache.dispose();
  }

  private async choose(): Promise<{ ids: ArrayLike<number>; logits?(at: number): Float32Array }> {
    const greedy = this.watched.size === 0 && this.rows.every(({ sampling }) => isPlainGreedy(sampling));
    const result = tf.tidy(() => {
      if (!this.prompts) return this.step(greedy);
      const logits = this.promptLogits(this.prompts);
      return greedy ? argMax(logits) : logits;
    });
    const values = await result.data<'float32'>();
    result.dispose();
    if (greedy) return { ids: values };
    const width = values.length / this.rows.length;
    const of = (at: number): Float32Array => values.slice(at * width, (at + 1) * width);
    return {
      ids: this.rows.map(({ seen, rng, sampling }, at) => chooseToken(of(at), seen, sampling, rng)),
      logits: of,
    };
  }

  /** What is left of the prompts: (B, V). Those that ended meanwhile went along. */
  private promptLogits(prompts: PromptPass): tf.Tensor2D {
    const logits = prompts.finish(this.cache);
    const staying = this.rows.map(({ index }) => index - this.firstIndex);
    if (staying.length === prompts.columns.length) return logits;
    this.cache.keepRows(staying);
    return tf.gather(logits, tf.tensor1d(staying, 'int32'));
  }

  /** After one more token of each row: the likeliest to follow, (B), or the logits, (B, V). */
  private step(greedy: boolean): tf.Tensor {
    const { rows, cache } = this;
    const { decoder } = this.speaker;
    const ids = Int32Array.from(rows, ({ last }) => last);
    const options = { cache, ...this.stepMask() };
    return greedy ? decoder.greedyStep(ids, options) : decoder.step(ids, options);
  }

  /** What attention is told where columns are hidden. */
  private stepMask(): PieceMask | undefined {
    const { rows, cache } = this;
    if (!rows.some(hidesAny)) return undefined;
    const seen = cache.length + 1;
    const visible = new Int32Array(rows.length * seen).fill(1); // (B, S)
    rows.forEach((row, b) => hideColumns(visible, b, seen, row));
    return { visible, positions: Int32Array.from(rows, (row) => row.seen.length - 1) };
  }
}

function refuseEmpty(prompts: readonly (readonly number[])[]): void {
  const empty = prompts.flatMap((prompt, index) => (prompt.length === 0 ? [index] : []));
  if (empty.length > 0)
    fail({ what: 'A prompt has no tokens', got: `prompt ${empty.join(', ')} of ${prompts.length}` });
}
