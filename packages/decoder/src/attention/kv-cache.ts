import { AttentionCache } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

/** Keys and values of the positions a decoder has seen, per layer: (B, Hkv, S, K), keys already rotated. */
export class KvCache {
  private readonly keys: (tf.Tensor4D | undefined)[];
  private readonly values: (tf.Tensor4D | undefined)[];
  /** In place of these, where attention is one op. */
  private readonly caches: AttentionCache[];

  constructor(layers: number) {
    this.keys = new Array<undefined>(layers).fill(undefined);
    this.values = new Array<undefined>(layers).fill(undefined);
    this.caches = Array.from({ length: layers }, () => new AttentionCache());
  }

  /** S, positions seen by all layers. */
  get length(): number {
    return this.keys.at(-1)?.shape[2] ?? this.caches.at(-1)?.length ?? 0;
  }

  /** A layer's cache of the fused op. */
  fused(layer: number): AttentionCache {
    return this.caches[layer] as AttentionCache;
  }

  /** Adds the keys and values of T new positions, (B, Hkv, T, K) each, and gives those of all S + T. */
  append(layer: number, key: tf.Tensor4D, value: tf.Tensor4D): { key: tf.Tensor4D; value: tf.Tensor4D } {
    return { key: grow(this.keys, layer, key), value: grow(this.values, layer, value) };
  }

  /** Forgets all but these rows of the batch, which stand in the given order from now on. */
  keepRows(rows: readonly number[]): void {
    for (const cache of this.caches) cache.keepRows(rows);
    for (const store of [this.keys, this.values]) {
      store.forEach((tensor, layer) => {
        if (!tensor) return;
        store[layer] = tf.tidy(() => tf.keep(tf.gather(tensor, tf.tensor1d([...rows], 'int32'), 0)));
        tensor.dispose();
      });
    }
  }

  /**
   * Takes over another cache's rows, which stand behind its own. All end at the same position: the shorter cache gets positions before its
   * first, which are to be hidden.
   */
  join(other: KvCache): void {
    const length = Math.max(this.length, other.length);
    if (this.keys.at(-1) === undefined) this.caches.forEach((cache, layer) => cache.join(other.fused(layer)));
    else
      for (const [own, others] of [
        [this.keys, other.keys],
        [this.values, other.values],
      ] as const) {
        own.forEach((tensor, layer) => {
          const joined = tf.tidy(() =>
            tf.keep(tf.concat([filledUp(tensor!, length), filledUp(others[layer]!, length)], 0)),
          );
          tensor!.dispose();
          own[layer] = joined;
        });
      }
    other.dispose();
  }

  /** Forgets so many positions, the first of each row. */
  dropFirst(count: number): void {
    if (count === 0) return;
    for (const cache of this.caches) cache.dropFirst(count);
    for (const store of [this.keys, this.values]) {
      store.forEach((tensor, layer) => {
        if (!tensor) return;
        store[layer] = tf.tidy(() => tf.keep(tf.slice(tensor, [0, 0, count, 0])));
        tensor.dispose();
      });
    }
  }

  dispose(): void {
    for (const cache of this.caches) cache.dispose();
    for (const tensor of [...this.keys, ...this.values]) tensor?.dispose();
    this.keys.fill(undefined);
    this.values.fill(undefined);
  }
}

function grow(store: (tf.Tensor4D | undefined)[], layer: number, next: tf.Tensor4D): tf.Tensor4D {
  const past = store[layer];
  const all = tf.keep(past ? tf.concat([past, next], 2) : tf.clone(next));
  past?.dispose();
  store[layer] = all;
  return all;
}

/** Zeros before the first position, so that there are `length`. */
function filledUp(tensor: tf.Tensor4D, length: number): tf.Tensor4D {
  const [, , seen] = tensor.shape;
  return seen === length
    ? tensor
    : tf.pad4d(tensor, [
        [0, 0],
        [0, 0],
        [length - seen, 0],
        [0, 0],
      ]);
}
