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
