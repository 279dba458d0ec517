import { tf } from '@moslora/runtime';

/** What is added to the score of a key that a query must not see; finite, so that a query that sees none stays free of NaN. */
export const MASKED = -1e9;

export interface AttentionMaskOptions {
  /** T, the queries; they are the last of the keys' positions. */
  queries: number;
  /** S, the keys; default T. More than T when a cache holds earlier ones. */
  keys?: number;
  /** Whether a query sees only keys at or before its own position; default true. */
  causal?: boolean;
  /** Real keys of each sample (B); without it all keys are real. */
  lengths?: readonly number[];
  /** Where the padding of shorter samples stands; default right. */
  padding?: 'right' | 'left';
}

/**
 * An additive mask (B, 1, T, S), 0 where a query sees a key and {@link MASKED} elsewhere; B = 1 without `lengths`. Made once per
 * batch and shared by all layers.
 */
export function attentionMask(options: AttentionMaskOptions): tf.Tensor4D {
  const { queries, keys = queries, causal = true, lengths, padding = 'right' } = options;
  const samples = lengths ?? [keys];
  const values = new Float32Array(samples.length * queries * keys).fill(MASKED);
  samples.forEach((length, b) => {
    const first = padding === 'left' ? keys - length : 0;
    for (let t = 0; t < queries; t++) {
      const end = causal ? Math.min(first + length, t + 1 + keys - queries) : first + length;
      const row = (b * queries + t) * keys;
      if (end > first) values.fill(0, row + first, row + end);
    }
  });
  return tf.tensor4d(values, [samples.length, 1, queries, keys]); // (B, 1, T, S)
}
