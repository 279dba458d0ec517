import type { AdamwSettings } from '@moslora/kernels';
import type { tf } from '@moslora/runtime';

/** One float32 array per parameter name, for the first and the second moment. */
export interface Moments {
  first: Map<string, Float32Array>;
  second: Map<string, Float32Array>;
}

/** Parameters that are updated together, and their moments. */
export interface UpdateGroup {
  /** The parameters' gradients by name in the form that {@link step} takes; those it does not give back are disposed. None counts as 0. */
  collect(gradients: ReadonlyMap<string, tf.Tensor>): tf.Tensor[];
  step(gradients: readonly tf.Tensor[], settings: AdamwSettings): void;
  moments(): Moments;
  /** Takes over moments, and the parameters' present values. */
  restore(moments: Moments): void;
  dispose(): void;
}
