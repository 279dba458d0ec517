import type { PackedOperand } from '@moslora/kernels';
import { isNative, tf } from '@moslora/runtime';
import { dequantizeNf4, type Nf4Tensor } from '../nf4-tensor';
import { DeviceNf4 } from './device-nf4';

/** A weight (out, in) kept in 4 bits between uses. */
export interface Nf4Store {
  /** The weight in float32, rounded to the type it had unless `round` is false; the caller disposes it. `low`: bfloat16 will do. */
  dequantize(round: boolean, low?: boolean): tf.Tensor2D;
  /** The same values as arrays, for files. */
  tensor(): Nf4Tensor;
  /** The same as handles for the fused products; only where the backend holds them. */
  packed?(): PackedOperand;
  dispose(): void;
}

/** Keeps the packed bytes with the backend where that has 8-bit values and gathers, else in this process. */
export function storeNf4(tensor: Nf4Tensor): Nf4Store {
  return isNative() ? new DeviceNf4(tensor) : new HostNf4(tensor);
}

/** Packed bytes in this process, unpacked in JavaScript: for backends without 8-bit values (wasm). */
class HostNf4 implements Nf4Store {
  constructor(private readonly held: Nf4Tensor) {}

  dequantize(round: boolean): tf.Tensor2D {
    const tensor: Nf4Tensor = round ? this.held : { ...this.held, dtype: 'float32' };
    return tf.tensor2d(dequantizeNf4(tensor), this.held.shape as [number, number]);
  }

  tensor(): Nf4Tensor {
    return this.held;
  }

  dispose(): void {
    // Nothing outside JavaScript's own memory.
  }
}
