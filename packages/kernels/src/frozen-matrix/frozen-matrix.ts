import { isNative, tf } from '@moslora/runtime';
import type { Compute } from '../execution/compute';
import { narrowOnly, widened } from '../execution/storage';
import type { PackedOperand } from './packed-weight';

/** A frozen weight as products need it: lent in the compute type for the time of a call. */
export interface FrozenOperand {
  /** (out, in), as published. */
  readonly shape: readonly [number, number];
  /** Calls `use` with the weight (out, in) in `compute`'s type; the tensor must not be kept or disposed by `use`. */
  lend<T>(compute: Compute, use: (weight: tf.Tensor2D) => T): T;
  /** The weight in 4 bits, where it is kept so: fused products then never make it whole. */
  packed?(): PackedOperand | undefined;
}

/**
 * A frozen dense weight (out, in). bfloat16 products make it hold that type alone, so that it is rounded once and takes half the
 * memory; `keepFloat32` holds on to the exact values as well. A weight given in 16 bits ({@link narrowTensor}) stays so: float32 products
 * get it widened for the time of a call.
 */
export class FrozenMatrix implements FrozenOperand {
  readonly shape: readonly [number, number];
  private held: tf.Tensor2D;
  private rounding: Compute | undefined;

  /** Takes over `weight` (out, in): it is disposed with this object. */
  constructor(
    weight: tf.Tensor2D,
    private readonly keepFloat32 = false,
  ) {
    this.shape = weight.shape;
    this.held = tf.keep(weight);
  }

  lend<T>(compute: Compute, use: (weight: tf.Tensor2D) => T): T {
    if (compute.precision === 'bfloat16' && this.rounding === undefined && !this.keepFloat32) {
      const rounded = tf.keep(compute.enter(this.held) as tf.Tensor2D);
      this.held.dispose();
      this.held = rounded;
      this.rounding = compute;
    }
    if (compute.precision === 'bfloat16' || !isNative() || !narrowOnly(this.held)) return use(this.held);
    const wide = widened(this.held) as tf.Tensor2D;
    try {
      return use(wide);
    } finally {
      wide.dispose();
    }
  }

  /** The weight in float32 (rounded to bfloat16 where only that was kept); the caller disposes it. */
  toTensor(): tf.Tensor2D {
    if (isNative() && narrowOnly(this.held)) return widened(this.held) as tf.Tensor2D;
    return tf.clone(this.held);
  }

  /** Puts another weight of the same shape in its place and takes it over. */
  replace(weight: tf.Tensor2D): void {
    this.held.dispose();
    this.held = tf.keep(weight);
    this.rounding = undefined;
  }

  dispose(): void {
    this.held.dispose();
  }
}
