import { tf } from '@moslora/runtime';
import { hideColumns, hidesAny, type Columns } from './columns';
import { padLeft } from './pad-left';
import { cut, type WidePrompt } from './prompt';
import type { Prefixes } from './share-prefixes';

interface PassParts {
  rows: readonly WidePrompt[];
  /** Where the cache then holds them. */
  columns: readonly Columns[];
  /** The position of each row's first id. */
  first: readonly number[];
  /** Rows of the pass before that these go on from, one for each. */
  after?: readonly number[];
}

/** What attention is told of a piece where columns are hidden. */
export interface PieceMask {
  /** (B, seen): 0 where a column holds nothing of a row. */
  visible: Int32Array;
  /** (B, T) of the piece */
  positions: Int32Array;
}

/** Rows that go through a decoder together, padded on the left, and how far they are. */
export class Pass {
  /** Columns: ids of the longest row. */
  readonly length: number;
  /** Columns that went through. */
  done = 0;
  /** Embeddings of all columns, (B, T, D), of rows that go in pieces. */
  private x: tf.Tensor3D | undefined;

  constructor(private readonly parts: PassParts) {
    this.length = longest(parts.rows);
  }

  get rows(): readonly WidePrompt[] {
    return this.parts.rows;
  }

  get columns(): readonly Columns[] {
    return this.parts.columns;
  }

  get after(): readonly number[] | undefined {
    return this.parts.after;
  }

  /** Columns that have not gone through. */
  get left(): number {
    return this.length - this.done;
  }

  /** The same as positions, padding counted. */
  get positionsLeft(): number {
    return this.rows.length * this.left;
  }

  /** Embeddings of so many of the next columns, (B, count, D). @param embed gives those of ids (B, T) */
  embedded(count: number, embed: (ids: Int32Array) => tf.Tensor3D): tf.Tensor3D {
    const all = (): tf.Tensor3D => embed(padLeft(this.rows.map(({ ids }) => ids)));
    if (count === this.length) return all();
    this.x ??= tf.keep(all());
    return tf.slice(this.x, [0, this.done, 0], [-1, count, -1]);
  }

  /** For so many of the next columns, with which the cache holds `seen`; undefined where nothing is hidden. */
  mask(count: number, seen: number): PieceMask | undefined {
    const { rows, columns, first } = this.parts;
    if (!columns.some(hidesAny)) return undefined;
    const visible = new Int32Array(rows.length * seen).fill(1);
    columns.forEach((each, b) => hideColumns(visible, b, seen, each));
    const positions = Int32Array.from({ length: rows.length * count }, (_, at) => {
      const b = Math.floor(at / count);
      return Math.max(0, first[b]! + this.done + (at % count) - (this.length - rows[b]!.ids.length));
    });
    return { visible, positions };
  }

  dispose(): void {
    this.x?.dispose();
    this.x = undefined;
  }
}

/** All rows at once. */
export function onePass(rows: readonly WidePrompt[]): Pass {
  const columns = paddings(rows).map((padding) => ({ padding, prefix: 0, gap: 0 }));
  return new Pass({ rows, columns, first: rows.map(() => 0) });
}

/** What prompts begin with alike, then what follows in each. @param patches positions of a picture */
export function twoPasses(prompts: readonly WidePrompt[], { prefixes, of }: Prefixes, patches: number): [Pass, Pass] {
  const cutOf = (row: number): [WidePrompt, WidePrompt] => cut(prompts[row]!, prefixes[of[row]!]!.length, patches);
  const before = onePass(prefixes.map(({ row }) => cutOf(row)[0]));
  const rows = prompts.map((_, row) => cutOf(row)[1]);
  const gaps = paddings(rows);
  const lengths = of.map((prefix) => before.rows[prefix]!.ids.length);
  const columns = of.map((prefix, row) => ({
    padding: before.columns[prefix]!.padding,
    ...{ prefix: lengths[row]!, gap: gaps[row]! },
  }));
  return [before, new Pass({ rows, columns, first: lengths, after: of })];
}

const longest = (rows: readonly WidePrompt[]): number => Math.max(...rows.map(({ ids }) => ids.length));

/** Positions that each row lacks of the longest. */
function paddings(rows: readonly WidePrompt[]): number[] {
  const length = longest(rows);
  return rows.map(({ ids }) => length - ids.length);
}
