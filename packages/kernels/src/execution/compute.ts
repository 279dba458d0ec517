import { isNative, type tf } from '@moslora/runtime';
import { matMulPrecision } from '../precision/precision';
import { NativeCompute } from './native-compute';
import { keepLowShapes } from './low-shapes';
import { keepLowSums } from '../sum/low-sums';
import { PortableCompute } from './portable-compute';

/**
 * The arithmetic of one matrix-product precision, off the tape: for use inside a custom gradient. In bfloat16 every method rounds
 * its inputs to bfloat16 (once per tensor) and gives a tensor held in bfloat16 alone; to tfjs all of them are float32 tensors, and
 * become that when something else than these methods uses them.
 */
export interface Compute {
  readonly precision: 'float32' | 'bfloat16';
  /** The values as this arithmetic sees them, in the least memory: what to save for a gradient. May be the very same tensor. */
  enter(x: tf.Tensor): tf.Tensor;
  /** (M, K) x (K, N) -> (M, N). */
  matMul(a: tf.Tensor, b: tf.Tensor, transposeA?: boolean, transposeB?: boolean): tf.Tensor;
  /** (..., M, K) x (..., K, N) -> (..., M, N) with equal leading sizes. */
  batchMatMul(a: tf.Tensor, b: tf.Tensor, transposeA?: boolean, transposeB?: boolean): tf.Tensor;
  concat(parts: readonly tf.Tensor[], axis: number): tf.Tensor;
  reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor;
  transpose(x: tf.Tensor, order: readonly number[]): tf.Tensor;
  /** `size` elements along each axis from `begin`. */
  slice(x: tf.Tensor, begin: readonly number[], size: readonly number[]): tf.Tensor;
  mul(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  sub(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
}

/** The arithmetic of the current backend and matrix-product precision. */
export function currentCompute(): Compute {
  if (!isNative()) return portable;
  if (matMulPrecision() === 'float32') return nativeFloat32;
  keepLow();
  return nativeBfloat16;
}

let kept = false;

/** Lets what tfjs itself does between our ops stay in bfloat16; once per process. */
function keepLow(): void {
  if (kept) return;
  kept = true;
  keepLowShapes();
  keepLowSums();
}

const portable = new PortableCompute();
const nativeFloat32 = new NativeCompute('float32');
const nativeBfloat16 = new NativeCompute('bfloat16');
