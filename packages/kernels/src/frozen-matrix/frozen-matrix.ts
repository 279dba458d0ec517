import { tf } from '@moslora/runtime';
import { currentCompute, type Compute } from '../execution/compute';

/** A frozen weight as products need it: lent in the compute type for the time of a call. */
export interface FrozenOperand {
  /** (out, in), as published. */
  readonly shape: readonly [number, number];
  /** Calls `use` with the weight (out, in) in `compute`'s type; the tensor must not be kept or disposed by `use`. */
  lend<T>(compute: Compute, use: (weight: tf.Tensor2D) => T): T;
}

/**
 * A frozen dense weight (out, in). It holds one copy, in the type that products last asked for, so that a bfloat16 run casts it
 * once and not at each step; its float32 values stay where `keepFloat32` asks for them or float32 products run.
 */
export class FrozenMatrix implements FrozenOperand {
  readonly shape: readonly [number, number];
  private float32: tf.Tensor2D | undefined;
  private bfloat16: tf.Tensor2D | undefined;

  /** Takes over `weight` (out, in): it is disposed with this object. */
  constructor(
    weight: tf.Tensor2D,
    private readonly keepFloat32 = false,
  ) {
    this.shape = weight.shape;
    this.float32 = tf.keep(weight);
  }

  lend<T>(compute: Compute, use: (weight: tf.Tensor2D) => T): T {
    if (compute.precision === 'float32') return use(this.asFloat32());
    if (this.bfloat16 === undefined) {
      this.bfloat16 = tf.keep(compute.enter(this.asFloat32()) as tf.Tensor2D);
      this.leaveBfloat16 = () => compute.leave(this.bfloat16 as tf.Tensor) as tf.Tensor2D;
      if (!this.keepFloat32) this.drop('float32');
    }
    return use(this.bfloat16);
  }

  /** The weight in float32 (rounded to bfloat16 where only that copy was kept); the caller disposes it. */
  toTensor(): tf.Tensor2D {
    return tf.clone(this.asFloat32());
  }

  /** Puts another weight of the same shape in its place and takes it over. */
  replace(weight: tf.Tensor2D): void {
    this.drop('float32');
    this.drop('bfloat16');
    this.float32 = tf.keep(weight);
  }

  dispose(): void {
    this.drop('float32');
    this.drop('bfloat16');
  }

  private leaveBfloat16: (() => tf.Tensor2D) | undefined;

  private asFloat32(): tf.Tensor2D {
    if (this.float32 !== undefined) return this.float32;
    if (this.leaveBfloat16 === undefined || this.bfloat16 === undefined)
      throw new Error('FrozenMatrix used after dispose()');
    this.float32 = tf.keep(this.leaveBfloat16());
    return this.float32;
  }

  private drop(copy: 'float32' | 'bfloat16'): void {
    this[copy]?.dispose();
    this[copy] = undefined;
  }
}

/** The plain weight of a frozen operand, in float32, for references and merges; the caller disposes it. */
export function frozenValues(weight: FrozenOperand): tf.Tensor2D {
  const compute = currentCompute();
  return tf.tidy(() => weight.lend(compute, (w) => tf.clone(compute.leave(w)) as tf.Tensor2D));
}
