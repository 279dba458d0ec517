import { tf } from '@moslora/runtime';

/** Keys and values of the positions a decoder has seen, per layer: (B, Hkv, S, K), keys already rotated. */
export class KvCache {
  private readonly keys: (tf.Tensor4D | undefined)[];
  private readonly values: (tf.Tensor4D | undefined)[];

  constructor(layers: number) {
    this.keys = new Array<undefined>(layers).fill(undefined);
    this.values = new Array<undefined>(layers).fill(undefined);
  }

  /** S, positions seen by all layers. */
  get length(): number {
    return this.keys.at(-1)?.shape[2] ?? 0;
  }

  /** Adds the keys and values of T new positions, (B, Hkv, T, K) each, and gives those of all S + T. */
  append(layer: number, key: tf.Tensor4D, value: tf.Tensor4D): { key: tf.Tensor4D; value: tf.Tensor4D } {
    return { key: grow(this.keys, layer, key), value: grow(this.values, layer, value) };
  }

  /** Forgets all but these rows of the batch, which stand in the given order from now on. */
  keepRows(rows: readonly number[]): void {
    for (const store of [this.keys, this.values]) {
      store.forEach((tensor, layer) => {
        if (!tensor) return;
        store[layer] = tf.tidy(() => tf.keep(tf.gather(tensor, tf.tensor1d([...rows], 'int32'), 0)));
        tensor.dispose();
      });
    }
  }

  dispose(): void {
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
