import type { KvCache } from '@moslora/decoder';
import { tf } from '@moslora/runtime';
import { padLeft } from './pad-left';
import { cut, telling, type WidePrompt } from './prompt';
import { sharePrefixes, type Prefixes } from './share-prefixes';
import type { Speaker } from './speaker';

/** Where the columns of a cache hold a row: `padding` hidden ones, `prefix` seen, `gap` hidden, the others seen. */
export interface Columns {
  padding: number;
  prefix: number;
  gap: number;
}

/** Marks those of the first `seen` columns that hold nothing of row b, in (B, seen). */
export function hideColumns(visible: Int32Array, b: number, seen: number, { padding, prefix, gap }: Columns): void {
  const hide = (from: number, to: number): void =>
    void visible.fill(0, b * seen + Math.min(seen, from), b * seen + Math.min(seen, to));
  hide(0, padding);
  hide(padding + prefix, padding + prefix + gap);
}

export const hidesAny = ({ padding, gap }: Columns): boolean => padding + gap > 0;

/** Rows that go through together, padded on the left. */
interface Pass {
  rows: readonly WidePrompt[];
  /** Where the cache then holds them. */
  columns: readonly Columns[];
  /** The position of each row's first id. */
  first: readonly number[];
  /** Rows of the pass before that these go on from, one for each. */
  after?: readonly number[];
}

/**
 * Several prompts on their way through a decoder, padded on the left. Those that begin alike, as the rotations of a question do, go that way
 * together: their common beginning once, then what follows in each. Long ones may go in pieces.
 */
export class PromptPass {
  readonly columns: readonly Columns[];
  private readonly passes: Pass[];
  /** Of the first of the passes: its embeddings, (B, T, D), and how many columns went through. */
  private x: tf.Tensor3D | undefined;
  private column = 0;

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
    const left = positionsOf(this.passes);
    const [pass] = this.passes as [Pass];
    const columns = Math.max(1, Math.floor(most / pass.rows.length));
    const isLast = this.passes.length === 1 && lengthOf(pass) - this.column <= columns;
    if (isLast || left - pass.rows.length * this.column <= most) return false;
    this.piece(cache, columns);
    return true;
  }

  /** Lets all that is left go through, and gives the logits of each prompt's last position, (B, V). */
  finish(cache: KvCache): tf.Tensor2D {
    while (this.passes.length > 1) this.piece(cache, Infinity);
    return this.speaker.decoder.logits(this.through(cache, lengthOf(this.passes[0]!) - this.column));
  }

  dispose(): void {
    this.x?.dispose();
    this.x = undefined;
  }

  /** At most so many columns of the first pass. */
  private piece(cache: KvCache, most: number): void {
    const count = Math.min(most, lengthOf(this.passes[0]!) - this.column);
    tf.tidy(() => void this.through(cache, count));
  }

  /** So many more columns of the first pass, which ends with its last one: the hidden states of the last, (B, D). */
  private through(cache: KvCache, count: number): tf.Tensor2D {
    const [pass] = this.passes as [Pass];
    const { rows, columns, first, after } = pass;
    const [from, length] = [this.column, lengthOf(pass)];
    if (from === 0 && after) cache.keepRows(after);
    const x = this.embedded(pass, from, count);
    const last = Int32Array.from(rows, (_, b) => (b + 1) * count - 1);
    const seen = cache.length + count;
    this.column += count;
    if (this.column === length) this.next();
    if (!columns.some(hidesAny)) return this.speaker.decoder.forwardRows(x, last, { cache });
    const visible = new Int32Array(rows.length * seen).fill(1);
    columns.forEach((each, b) => hideColumns(visible, b, seen, each));
    const positions = Int32Array.from({ length: rows.length * count }, (_, at) => {
      const b = Math.floor(at / count);
      return Math.max(0, first[b]! + from + (at % count) - (length - rows[b]!.ids.length));
    });
    return this.speaker.decoder.forwardRows(x, last, { cache, visible, positions });
  }

  private embedded({ rows }: Pass, from: number, count: number): tf.Tensor3D {
    const { ids, length } = padLeft(rows.map((row) => row.ids));
    const embed = (): tf.Tensor3D => this.speaker.embed(ids, rows.length, this.picturesOf(rows));
    if (count === length) return embed();
    this.x ??= tf.keep(embed());
    return tf.slice(this.x, [0, from, 0], [-1, count, -1]);
  }

  private next(): void {
    if (this.passes.length > 1) this.passes.shift();
    this.column = 0;
    this.dispose();
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

function passesOf({ decoder }: Speaker, prompts: readonly WidePrompt[], patches: number): Pass[] {
  // A rotation that depends on the whole length cannot be had before that is known.
  const dynamic = decoder.config.rope.type === 'dynamic';
  const shared = dynamic ? undefined : sharePrefixes(prompts.map((prompt) => telling(prompt, patches)));
  return shared ? twoPasses(prompts, shared, patches) : [onePass(prompts)];
}

function onePass(rows: readonly WidePrompt[]): Pass {
  const columns = paddings(rows).map((padding) => ({ padding, prefix: 0, gap: 0 }));
  return { rows, columns, first: rows.map(() => 0) };
}

function twoPasses(prompts: readonly WidePrompt[], { prefixes, of }: Prefixes, patches: number): Pass[] {
  const cutOf = (row: number): [WidePrompt, WidePrompt] => cut(prompts[row]!, prefixes[of[row]!]!.length, patches);
  const before = onePass(prefixes.map(({ row }) => cutOf(row)[0]));
  const rows = prompts.map((_, row) => cutOf(row)[1]);
  const gaps = paddings(rows);
  const lengths = of.map((prefix) => before.rows[prefix]!.ids.length);
  const columns = of.map((prefix, row) => ({
    padding: before.columns[prefix]!.padding,
    ...{ prefix: lengths[row]!, gap: gaps[row]! },
  }));
  return [before, { rows, columns, first: lengths, after: of }];
}

const positionsOf = (passes: readonly Pass[]): number =>
  passes.reduce((sum, pass) => sum + pass.rows.length * lengthOf(pass), 0);

const lengthOf = ({ rows }: Pass): number => Math.max(...rows.map(({ ids }) => ids.length));

/** Positions that each row lacks of the longest. */
function paddings(rows: readonly WidePrompt[]): number[] {
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  return rows.map(({ ids }) => longest - ids.length);
}
