import type { AdamwSettings } from '@moslora/kernels';
import type { tf } from '@moslora/runtime';

/** What AdamW remembers of each parameter, by its name. */
export interface Moments {
  /** m and v, float32. */
  first: Map<string, Float32Array>;
  second: Map<string, Float32Array>;
  /** t: the updates it has had, those of steps in which it had a gradient. */
  updates: Map<string, number>;
}

/** The two moments, without the count of updates. */
export type MomentArrays = Pick<Moments, 'first' | 'second'>;

/** Parameters that are updated together, and their moments. All of them have had the same updates. */
export interface UpdateGroup {
  /** One update. @param gradients a float32 one of each parameter, by name; they stay the caller's */
  step(gradients: ReadonlyMap<string, tf.Tensor>, settings: AdamwSettings): void;
  moments(): MomentArrays;
  /** Takes over moments (none: zeros), and the parameters' present values. */
  restore(moments: MomentArrays): void;
  dispose(): void;
}
