import { isNative, type tf } from '@moslora/runtime';
import { matMulPrecision } from '../precision/precision';
import { NativeCompute } from './native-compute';
import { DT } from './native-op';
import { PortableCompute } from './portable-compute';

/**
 * The arithmetic of one matrix-product precision. A tensor that came out of `enter` or of a product is in the compute type and may
 * only be used by methods of the same object; `leave` makes it float32 again.
 */
export interface Compute {
  readonly precision: 'float32' | 'bfloat16';
  /** float32 to the compute type; the very same tensor where that is float32. */
  enter(x: tf.Tensor): tf.Tensor;
  /** Compute type to float32; the very same tensor where that is float32. */
  leave(x: tf.Tensor): tf.Tensor;
  /** (M, K) x (K, N) -> (M, N). */
  matMul(a: tf.Tensor, b: tf.Tensor, transposeA?: boolean, transposeB?: boolean): tf.Tensor;
  /** (..., M, K) x (..., K, N) -> (..., M, N) with equal leading sizes. */
  batchMatMul(a: tf.Tensor, b: tf.Tensor, transposeA?: boolean, transposeB?: boolean): tf.Tensor;
  concat(parts: readonly tf.Tensor[], axis: number): tf.Tensor;
  reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor;
  transpose(x: tf.Tensor, order: readonly number[]): tf.Tensor;
  mul(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  sub(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
}

/** The arithmetic of the current backend and matrix-product precision. */
export function currentCompute(): Compute {
  if (!isNative()) return portable;
  return matMulPrecision() === 'bfloat16' ? nativeBfloat16 : nativeFloat32;
}

/** The float32 arithmetic of the current backend, whatever the precision. */
export function float32Compute(): Compute {
  return isNative() ? nativeFloat32 : portable;
}

const portable = new PortableCompute();
const nativeFloat32 = new NativeCompute('float32', DT.float32);
const nativeBfloat16 = new NativeCompute('bfloat16', DT.bfloat16);
