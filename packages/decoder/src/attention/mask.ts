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
  visible?: ArrayLike<number> | undefined;
  /** (B, T) row-major, see ForwardOptions; only where S = T. */
  branches?: ArrayLike<number> | undefined;
}

/** Throws where the arrays do not fit the pass. */
export function checkMaskRequest({ batch, tokens, seen, visible, branches }: MaskRequest): void {
  if (branches && seen !== tokens) throw new Error('branches go with a pass that has no cache');
  if (visible && visible.length !== batch * seen)
    throw new Error(`${visible.length} visibilities given for ${batch} rows of ${seen} positions`);
}

/** Additive causal masks. Those without padding depend on T and S alone and are kept for the last few shapes. */
export class CausalMasks {
  private readonly kept = new Map<string, tf.Tensor4D>();

  /**
   * 0 where query t (at position S - T + t) sees key s: not after it, not padding; -1e9 elsewhere. (B or 1, 1, T, S); nothing where
   * everything is seen. With padding it belongs to the caller, else to this object, until eight other shapes were asked for.
   */
  mask(request: MaskRequest): tf.Tensor4D | undefined {
    checkMaskRequest(request);
    const { batch, tokens, seen, visible, branches } = request;
    if (branches) return branchMask({ batch, tokens, seen, visible, branches });
    const causal = tokens === 1 ? undefined : this.causal(tokens, seen);
    if (!visible) return causal;
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

/** Causal within the shared part (branch 0) and within each branch, which sees the shared part too: (B, 1, T, T). */
function branchMask({ batch, tokens, visible, branches }: MaskRequest & { branches: ArrayLike<number> }): tf.Tensor4D {
  const mask = new Float32Array(batch * tokens * tokens).fill(MASKED);
  for (let b = 0, row = 0; b < batch; b += 1) {
    const first = b * tokens;
    for (let t = 0; t < tokens; t += 1, row += tokens) {
      const own = branches[first + t];
      for (let s = 0; s <= t; s += 1) {
        const branch = branches[first + s];
        if ((branch === 0 || branch === own) && visible?.[first + s] !== 0) mask[row + s] = 0;
      }
    }
  }
  return tf.tensor4d(mask, [batch, 1, tokens, tokens]);
}
