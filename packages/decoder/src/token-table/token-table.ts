import type { tf } from '@moslora/runtime';

/** An embedding table. */
export interface TokenTable {
  /** (V, D) */
  readonly shape: readonly [number, number];
  /** Whether the gradient of its rows reaches it. */
  readonly learns?: true;
  /** The rows of these ids, (n, D) in float32: they start a residual stream. No gradient goes through those of a frozen table. */
  rows(ids: Int32Array): tf.Tensor2D;
  dispose(): void;
}
