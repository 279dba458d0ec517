import { attentionMask, MASKED } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

export interface MaskRequest {
  /** B */
  batch: number;
  /** T, new positions: the last of `seen`. */
  tokens: number;
  /** S */
  seen: number;
  /** (B, S) row-major, 1 or 0: which positions are not padding; all, when left out. */
  visible?: ArrayLike<number>;
}

/** Additive causal masks. Those without padding depend on T and S alone and are kept for the last few shapes. */
export class CausalMasks {
  private readonly kept = new Map<string, tf.Tensor4D>();

  /**
   * 0 where query t (at position S - T + t) sees key s: not after it, not padding; -1e9 elsewhere. (B or 1, 1, T, S); nothing where
   * everything is seen. With padding it belongs to the caller, else to this object, until eight other shapes were asked for.
   */
  mask({ batch, tokens, seen, visible }: MaskRequest): tf.Tensor4D | undefined {
    const causal = tokens === 1 ? undefined : this.causal(tokens, seen);
    if (!visible) return causal;
    if (visible.length !== batch * seen)
      throw new Error(`${visible.length} visibilities given for ${batch} rows of ${seen} positions`);
    const keys = tf.tensor4d(
      Float32Array.from(visible, (bit) => (bit ? 0 : MASKED)),
      [batch, 1, 1, seen],
    );
    return causal ? tf.minimum(causal, keys) : keys;
  }

  dispose(): void {
    for (const key of [...this.kept.keys()]) this.drop(key);
  }

  private causal(queries: number, keys: number): tf.Tensor4D {
    const name = `${queries}:${keys}`;
    const found = this.kept.get(name);
    if (found) return found;
    const made = tf.keep(attentionMask({ queries, keys }));
    this.kept.set(name, made);
    if (this.kept.size > 8) this.drop(this.kept.keys().next().value as string);
    return made;
  }

  private drop(name: string): void {
    this.kept.get(name)?.dispose();
    this.kept.delete(name);
  }
}
