import type { KvCache } from '@moslora/decoder';
import { Rng, tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import type { Pictures } from '../llava-model';
import { chooseToken } from './choose-token';
import { padLeft, type LeftPadded } from './pad-left';
import { isPlainGreedy, type Sampling } from './settings';
import type { Speaker } from './speaker';
import { widenPrompts } from './widen-prompts';

/** A prompt that is being answered. */
interface Row {
  /** Its place among the prompts. */
  index: number;
  sampling: Sampling;
  rng: Rng;
  /** Ids of the prompt and the answer. */
  seen: number[];
  /** Positions of padding before the prompt. */
  padding: number;
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
  /** What of the prompts is still to go through. */
  private prompts: { padded: LeftPadded; features: tf.Tensor3D | undefined; x?: tf.Tensor3D } | undefined;

  /**
   * @param prompts ids with one -200 (or the speaker's `imageTokenId`) per picture, or one per patch
   * @param features all prompts' pictures in reading order, (I, N, Dv); they stay the caller's
   */
  constructor(
    private readonly speaker: Speaker,
    prompts: readonly (readonly number[])[],
    { features }: Pick<Pictures, 'features'>,
    { sampling, first = 0, logits = [] }: DecodingOptions,
  ) {
    const { imageTokenId } = speaker;
    refuseEmpty(prompts);
    const wide = widenPrompts(prompts, features, imageTokenId);
    const padded = padLeft(wide);
    this.watched = new Set(prompts.flatMap((_, at) => (logits[at] ? [first + at] : [])));
    this.rows = wide.map((ids, at) => ({
      index: first + at,
      sampling: sampling[at]!,
      rng: new Rng(sampling[at]!.seed, 'generate', prompts[at]!.join()),
      seen: ids.map((id) => (id === IMAGE_TOKEN_INDEX ? (imageTokenId ?? id) : id)),
      padding: padded.length - ids.length,
      last: 0,
    }));
    this.cache = speaker.decoder.newCache();
    this.prompts = { padded, features };
  }

  /** Positions of a prompt with its pictures, in tokens. */
  promptLength(row: number): number {
    return this.rows.find(({ index }) => index === row)?.seen.length ?? 0;
  }

  /**
   * Lets a piece of the prompts go through the decoder, at most so many positions of all rows together, where more are left than that.
   * @returns whether more is left for the next call; what is left then goes through with {@link next}
   */
  prefill(most: number): boolean {
    if (!this.prompts || this.rows.length === 0) return false;
    const columns = Math.max(1, Math.floor(most / this.rows.length));
    const from = this.cache.length;
    if (this.prompts.padded.length - from <= columns) return false;
    tf.tidy(() => this.promptRows(from, from + columns));
    return true;
  }

  /** The next token of every row that has not ended; none when all have. */
  async next(): Promise<NextToken[]> {
    if (this.rows.length === 0) return [];
    const chosen = await this.choose(() => (this.prompts ? this.promptLogits() : this.stepLogits()));
    this.forgetPrompts();
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
    if (staying.length > 0) this.cache.keepRows(staying);
    this.rows = staying.map((at) => this.rows[at]!);
    for (const index of prompts) this.watched.delete(index);
  }

  dispose(): void {
    this.forgetPrompts();
    this.cache.dispose();
  }

  private async choose(
    logits: () => tf.Tensor2D,
  ): Promise<{ ids: ArrayLike<number>; logits?(at: number): Float32Array }> {
    const greedy = this.watched.size === 0 && this.rows.every(({ sampling }) => isPlainGreedy(sampling));
    const result = tf.tidy(() => (greedy ? tf.argMax(logits(), 1) : logits()));
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

  /** What is left of the prompts: logits of each one's last position, (B, V). */
  private promptLogits(): tf.Tensor2D {
    return this.speaker.decoder.logits(this.promptRows(this.cache.length, this.prompts!.padded.length));
  }

  /** Columns [from, to) of the prompts, those before being cached: each row's last, (B, D). */
  private promptRows(from: number, to: number): tf.Tensor2D {
    const { decoder } = this.speaker;
    const { padded, features } = this.prompts!;
    const [count, length] = [this.rows.length, padded.length];
    const whole = from === 0 && to === length;
    const embed = (): tf.Tensor3D => this.speaker.embed(padded.ids, count, { features });
    if (!whole) this.prompts!.x ??= tf.keep(embed());
    const x = this.prompts!.x ? tf.slice(this.prompts!.x, [0, from, 0], [count, to - from, -1]) : embed();
    const last = Int32Array.from({ length: count }, (_, b) => (b + 1) * (to - from) - 1);
    const columns = (values: Int32Array, first: number): Int32Array =>
      Int32Array.from({ length: count * (to - first) }, (_, at) => {
        const b = Math.floor(at / (to - first));
        return values[b * length + first + (at % (to - first))]!;
      });
    const padding = this.isPadded()
      ? { visible: columns(padded.visible, 0), positions: columns(padded.positions, from) }
      : {};
    return decoder.forwardRows(x, last, { cache: this.cache, ...padding });
  }

  private forgetPrompts(): void {
    this.prompts?.x?.dispose();
    this.prompts = undefined;
  }

  /** One more token of each row: (B, V). */
  private stepLogits(): tf.Tensor2D {
    const { rows, cache } = this;
    const { decoder } = this.speaker;
    const x = decoder.embed(
      tf.tensor2d(
        Int32Array.from(rows, ({ last }) => last),
        [rows.length, 1],
        'int32',
      ),
    );
    const each = Int32Array.from(rows, (_, b) => b);
    if (!this.isPadded()) return decoder.logits(decoder.forwardRows(x, each, { cache }));
    const seen = cache.length + 1;
    const visible = new Int32Array(rows.length * seen).fill(1); // (B, S)
    rows.forEach(({ padding }, b) => visible.fill(0, b * seen, b * seen + padding));
    const positions = Int32Array.from(rows, (row) => row.seen.length - 1);
    return decoder.logits(decoder.forwardRows(x, each, { cache, visible, positions }));
  }

  private isPadded(): boolean {
    return this.rows.some(({ padding }) => padding > 0);
  }
}

function refuseEmpty(prompts: readonly (readonly number[])[]): void {
  const empty = prompts.flatMap((prompt, index) => (prompt.length === 0 ? [index] : []));
  if (empty.length > 0)
    fail({ what: 'A prompt has no tokens', got: `prompt ${empty.join(', ')} of ${prompts.length}` });
}
