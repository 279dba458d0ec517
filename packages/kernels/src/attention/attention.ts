import { tf } from '@moslora/runtime';
import { currentCompute } from '../execution/compute';
import { customOp } from '../custom-op';
import { attentionMask } from './attention-mask';
import { attentionForward, attentionGradient } from './core';

export interface AttentionOptions {
  /** Additive mask (B or 1, 1, T or 1, S), complete in itself; see `attentionMask`. Without it `causal` and `lengths` make one. */
  mask?: tf.Tensor4D | undefined;
  /**
   * Whether a query sees only keys at or before it; default false. Beside a `mask` that says so already, it only saves work: scores
   * that the mask would hide anyway are then not computed.
   */
  causal?: boolean;
  /** Real keys of each sample, the rest being padding on the right. */
  lengths?: readonly number[] | undefined;
  /** Factor of the scores; default 1 / √K. */
  scale?: number;
}

/**
 * softmax(scale q kᵀ + mask) v: q (B, H, T, K), k and v (B, H', S, K) with H a multiple of H' (head h uses key head
 * ⌊h H' / H⌋; Ainslie et al. 2023) -> (B, H, T, K). The queries that share a key head are stacked along T, so that keys and values
 * are not repeated. With p the weights and g = ∂L/∂y: ∂v = pᵀg, ∂s = p (g vᵀ - Σ g y), ∂q = scale ∂s k, ∂k = scale ∂sᵀ q.
 */
export function attention(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, options: AttentionOptions = {}): tf.Tensor4D {
  const { causal = false, lengths, scale = 1 / Math.sqrt(q.shape[3]) } = options;
  return customOp([q, k, v], (save) => {
    const compute = currentCompute();
    const made = options.mask === undefined && (causal || lengths !== undefined);
    const mask = made ? attentionMask({ queries: q.shape[2], keys: k.shape[2], causal, lengths }) : options.mask;
    const { output, saved } = attentionForward(compute, q, tf.mul(k, scale), v, { mask, causal });
    save(saved);
    return {
      value: output as tf.Tensor4D,
      gradient: (dy, saved) => {
        const [dq, dk, dv] = attentionGradient(compute, dy, saved, causal);
        return [dq, tf.mul(dk, scale), dv];
      },
    };
  });
}
