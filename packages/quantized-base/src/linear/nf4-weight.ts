import { FrozenMatrix, type Compute, type FrozenOperand, type PackedOperand } from '@moslora/kernels';
import type { tf } from '@moslora/runtime';
import type { FloatType } from '../code/decode';
import type { Nf4Tensor } from '../nf4-tensor';
import { storeNf4, type Nf4Store } from './nf4-store';

/** The weight of a 4-bit layer, however it is kept. */
export interface Nf4Weight extends FrozenOperand {
  /** float32 (out, in); the caller disposes it. */
  values(): tf.Tensor2D;
  tensor(): Nf4Tensor;
  set(tensor: Nf4Tensor): void;
  dispose(): void;
}

/** Unpacked at each use, and freed after it. */
export class PackedWeight implements Nf4Weight {
  readonly shape: readonly [number, number];
  private readonly dtype: FloatType;
  private store: Nf4Store;

  constructor(tensor: Nf4Tensor) {
    this.shape = tensor.shape as [number, number];
    this.dtype = tensor.dtype;
    this.store = storeNf4(tensor);
  }

  lend<T>(compute: Compute, use: (weight: tf.Tensor2D) => T): T {
    // Rounding to bfloat16 twice is rounding once.
    const round = !(this.dtype === 'bfloat16' && compute.precision === 'bfloat16');
    const weight = this.store.dequantize(round, compute.precision === 'bfloat16');
    const operand = compute.enter(weight) as tf.Tensor2D;
    if (operand !== weight) weight.dispose();
    try {
      return use(operand);
    } finally {
      operand.dispose();
    }
  }

  packed(): PackedOperand | undefined {
    return this.store.packed?.();
  }

  values(): tf.Tensor2D {
    return this.store.dequantize(true);
  }

  tensor(): Nf4Tensor {
    return this.store.tensor();
  }

  set(tensor: Nf4Tensor): void {
    this.store.dispose();
    this.store = storeNf4(tensor);
  }

  dispose(): void {
    this.store.dispose();
  }
}

/** Unpacked once; the 4-bit values stay beside for exact values and for files. */
export class DequantizedWeight implements Nf4Weight {
  readonly shape: readonly [number, number];
  private readonly matrix: FrozenMatrix;

  constructor(private held: Nf4Tensor) {
    this.shape = held.shape as [number, number];
    this.matrix = new FrozenMatrix(this.values());
  }

  lend<T>(compute: Compute, use: (weight: tf.Tensor2D) => T): T {
    return this.matrix.lend(compute, use);
  }

  values(): tf.Tensor2D {
    // Through a store, which unpacks where the weight will lie: an array of this process would stay until it is collected.
    const store = storeNf4(this.held);
    try {
      return store.dequantize(true);
    } finally {
      store.dispose();
    }
  }

  tensor(): Nf4Tensor {
    return this.held;
  }

  set(tensor: Nf4Tensor): void {
    this.held = tensor;
    this.matrix.replace(this.values());
  }

  dispose(): void {
    this.matrix.dispose();
  }
}
