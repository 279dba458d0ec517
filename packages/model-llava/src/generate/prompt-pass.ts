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

/** Marks the columns of row b of (B, S) that hold nothing. */
export function hideColumns(visible: Int32Array, b: number, seen: number, { padding, prefix, gap }: Columns): void {
  const start = b * seen;
  visible.fill(0, start, start + padding);
  visible.fill(0, start + padding + prefix, start + padding + prefix + gap);
}

export const hidesAny = ({ padding, gap }: Columns): boolean => padding + gap > 0;

interface Cut {
  prefixes: readonly WidePrompt[];
  /** Each prompt's prefix. */
  of: readonly number[];
  rests: readonly WidePrompt[];
}

/**
 * Several prompts on their way through a decoder, padded on the left. Those that begin alike, as the rotations of a question do, go that way
 * together: their common beginning once, then what follows in each.
 */
export class PromptPass {
  readonly columns: readonly Columns[];
  private readonly parts: Cut | undefined;

  /** @param features of all pictures, (I, N, Dv); they stay the caller's */
  constructor(
    private readonly speaker: Speaker,
    private readonly prompts: readonly WidePrompt[],
    private readonly features: tf.Tensor3D | undefined,
  ) {
    const patches = features?.shape[1] ?? 1;
    // A rotation that depends on the whole length cannot be had before that is known.
    const shared =
      speaker.decoder.config.rope.type === 'dynamic'
        ? undefined
        : sharePrefixes(prompts.map((prompt) => telling(prompt, patches)));
    this.parts = shared && cutAll(prompts, shared, patches);
    this.columns = this.parts
      ? columnsOf(this.parts)
      : paddings(prompts).map((padding) => ({ padding, prefix: 0, gap: 0 }));
  }

  /** Fills the cache, and gives the logits of each prompt's last position, (B, V). */
  run(cache: KvCache): tf.Tensor2D {
    const { decoder } = this.speaker;
    if (!this.parts) return decoder.logits(this.hidden(this.prompts, cache));
    const { prefixes, of, rests } = this.parts;
    this.hidden(prefixes, cache).dispose();
    cache.keepRows(of);
    return decoder.logits(
      this.hidden(
        rests,
        cache,
        this.columns,
        of.map((at) => prefixes[at]!.ids.length),
      ),
    );
  }

  /**
   * The hidden states of each row's last position, (B, D).
   * @param columns of the whole prompts, where some of the cache's are hidden
   * @param first the position of each row's first id
   */
  private hidden(rows: readonly WidePrompt[], cache: KvCache, columns?: readonly Columns[], first?: readonly number[]) {
    const { ids, visible, positions, length } = padLeft(rows.map((row) => row.ids));
    const [count, past] = [rows.length, cache.length];
    const last = Int32Array.from({ length: count }, (_, b) => (b + 1) * length - 1);
    const x = this.speaker.embed(ids, count, this.picturesOf(rows));
    if (!columns) {
      const padded = visible.includes(0) ? { visible, positions } : {};
      return this.speaker.decoder.forwardRows(x, last, { cache, ...padded });
    }
    const seen = past + length;
    const all = new Int32Array(count * seen).fill(1);
    columns.forEach((each, b) => hideColumns(all, b, seen, each));
    const moved = positions.map((position, at) => (visible[at] ? position + first![Math.floor(at / length)]! : 0));
    return this.speaker.decoder.forwardRows(x, last, { cache, visible: all, positions: moved });
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

function cutAll(prompts: readonly WidePrompt[], { prefixes, of }: Prefixes, patches: number): Cut {
  const cutOf = (row: number): [WidePrompt, WidePrompt] => cut(prompts[row]!, prefixes[of[row]!]!.length, patches);
  return {
    prefixes: prefixes.map(({ row }) => cutOf(row)[0]),
    of,
    rests: prompts.map((_, row) => cutOf(row)[1]),
  };
}

function columnsOf({ prefixes, of, rests }: Cut): Columns[] {
  const [before, gaps] = [paddings(prefixes), paddings(rests)];
  return of.map((prefix, row) => ({
    padding: before[prefix]!,
    prefix: prefixes[prefix]!.ids.length,
    gap: gaps[row]!,
  }));
}

/** Positions that each row lacks of the longest. */
function paddings(rows: readonly WidePrompt[]): number[] {
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  return rows.map(({ ids }) => longest - ids.length);
}
