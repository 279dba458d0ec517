import type { tf } from '@moslora/runtime';

/** A frozen embedding table. */
export interface TokenTable {
  /** (V, D) */
  readonly shape: readonly [number, number];
  /** The rows of these ids, (n, D) in float32: they start a residual stream. No gradient goes through them. */
  rows(ids: Int32Array): tf.Tensor2D;
  dispose(): void;
}
