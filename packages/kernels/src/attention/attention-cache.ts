import { tf } from '@moslora/runtime';
import { DT } from '../execution/binding';
import { currentCompute } from '../execution/compute';
import { int32Scalar } from '../execution/constant';
import { full, runKernel, typeOf, working, type HeldInput, type KernelType } from '../execution/kernel-op';
import { attributesOf, describing, matrices, type FusedAttentionOptions, type HeadColumns } from './fused-attention';

const LEAST = 64;

type Stores = [keys: tf.Tensor4D, values: tf.Tensor4D];

/**
 * Keys (rotated) and values of the positions that one layer has seen, (B, H', C, K) each with room for C of them, in the type of the
 * products when the first came. New ones are written where there is room; where there is none, C doubles. Needs
 * `hasKernel('MosloraCachedAttention')`.
 */
export class AttentionCache {
  private stores: Stores | undefined;
  /** The type that they are in, once there are some. */
  type: KernelType = DT.float32;
  private seen = 0;

  /** Positions seen. */
  get length(): number {
    return this.seen;
  }

  /**
   * `fusedAttention` of T new positions, the last of all S = length + T: (B*T, H*K). Adds their keys and values. `marks.keys` are (B, S);
   * without a gradient.
   */
  attend(columns: HeadColumns, options: FusedAttentionOptions): tf.Tensor2D {
    return tf.tidy(() => {
      const given = matrices(columns, options);
      const count = given.length === 1 ? options.heads + 2 * options.kvHeads : options.heads;
      const [rows, tokens] = [options.batch, given[0]!.shape[0] / options.batch];
      const width = given[0]!.shape[1] / count;
      const [past, ...stores] = this.room(rows, options.kvHeads, width, tokens);
      const attributes = attributesOf(options, given, this.type);
      const [keys, values, ...heads] = [...stores, ...given].map((x) => working(x, this.type));
      const [y] = runKernel(
        'MosloraCachedAttention',
        attributes,
        [keys!, values!, past, ...heads, ...describing(options).map(full)],
        [{ shape: [given[0]!.shape[0], options.heads * width], type: this.type }],
      );
      this.advance(tokens);
      return y as tf.Tensor2D;
    });
  }

  /** What the op is given of the cache for so many new positions: how many came before, and keys and values with room for these. */
  room(
    rows: number,
    kvHeads: number,
    width: number,
    tokens: number,
  ): [past: HeldInput, keys: tf.Tensor, values: tf.Tensor] {
    if (this.stores === undefined) this.type = typeOf(currentCompute());
    const [keys, values] = this.reserve(rows, kvHeads, width, this.seen + tokens);
    return [{ id: int32Scalar(this.seen).id, type: DT.int32, host: true }, keys, values];
  }

  /** So many positions were added by the op. */
  advance(tokens: number): void {
    this.seen += tokens;
  }

  /** Forgets all but these rows of the batch, which stand in the given order from now on. */
  keepRows(rows: readonly number[]): void {
    if (this.stores) this.move(rows, this.stores[0].shape[2]);
  }

  /**
   * Takes over another cache's rows, which stand behind its own: all end at the last position, so the shorter cache is filled up with zeros
   * before its first, for `marks` to hide.
   */
  join(other: AttentionCache): void {
    if (!this.stores || !other.stores || this.type !== other.type)
      throw new Error('two caches are joined that hold nothing, or other types');
    const length = Math.max(this.seen, other.seen);
    const joined = this.stores.map((store, i) =>
      tf.tidy(() => {
        const parts = [endingAt(length, store, this.seen), endingAt(length, other.stores![i]!, other.seen)];
        return tf.keep(currentCompute().concat(parts, 0));
      }),
    );
    tf.dispose(this.stores);
    other.dispose();
    this.stores = joined as [tf.Tensor4D, tf.Tensor4D];
    this.seen = length;
  }

  /** Forgets so many positions, the first of each row. */
  dropFirst(count: number): void {
    if (!this.stores || count === 0) return;
    const left = this.seen - count;
    const rest = this.stores.map((store) => tf.tidy(() => tf.keep(positions(store, count, left))));
    tf.dispose(this.stores);
    this.stores = rest as [tf.Tensor4D, tf.Tensor4D];
    this.seen = left;
  }

  dispose(): void {
    tf.dispose(this.stores);
    this.stores = undefined;
    this.seen = 0;
  }

  private reserve(batch: number, kvHeads: number, width: number, positions: number): Stores {
    const capacity = this.stores?.[0].shape[2] ?? 0;
    if (this.stores && positions <= capacity) return this.stores;
    const room = Math.max(2 * capacity, Math.ceil((positions + LEAST) / LEAST) * LEAST);
    const rows = Array.from({ length: batch }, (_, row) => row);
    if (this.stores) return this.move(rows, room);
    this.stores = [this.make(rows, [kvHeads, room, width]), this.make(rows, [kvHeads, room, width])];
    return this.stores;
  }

  private move(rows: readonly number[], capacity: number): Stores {
    const old = this.stores!;
    const [, kvHeads, , width] = old[0].shape;
    const moved = old.map((store) => this.make(rows, [kvHeads, capacity, width], store));
    tf.dispose(old);
    return (this.stores = moved as Stores);
  }

  private make(
    rows: readonly number[],
    [kvHeads, capacity, width]: [number, number, number],
    earlier?: tf.Tensor4D,
  ): tf.Tensor4D {
    const attributes = {
      T: { type: this.type },
      N: earlier ? 1 : 0,
      ...{ kv_heads: kvHeads, capacity, width, narrow: this.type === DT.bfloat16 },
    };
    return tf.tidy(() => {
      const inputs = [full(tf.tensor1d([...rows], 'int32')), ...(earlier ? [working(earlier, this.type)] : [])];
      return tf.keep(runKernel('MosloraCache', attributes, inputs, 1)[0] as tf.Tensor4D);
    });
  }
}

/** `count` positions of a store from one on. */
function positions(store: tf.Tensor4D, from: number, count: number): tf.Tensor4D {
  const [batch, kvHeads, , width] = store.shape;
  return currentCompute().slice(store, [0, 0, from, 0], [batch, kvHeads, count, width]) as tf.Tensor4D;
}

/** The positions that a store holds behind as many zeros as make them `length`. */
function endingAt(length: number, store: tf.Tensor4D, seen: number): tf.Tensor {
  const held = positions(store, 0, seen);
  const [batch, kvHeads, , width] = store.shape;
  return seen === length ? held : currentCompute().concat([tf.zeros([batch, kvHeads, length - seen, width]), held], 2);
}
