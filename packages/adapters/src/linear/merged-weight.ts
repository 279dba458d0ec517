import { tf } from '@moslora/runtime';
import { withMagnitude } from '../dora/magnitude';

/** The factors of one adapter as tensors. */
export interface FactorTensors {
  /** A (R, in). */
  a: tf.Tensor2D;
  /** B (out, R). */
  b: tf.Tensor2D;
  /** M (R, R). */
  mixer?: tf.Tensor2D | undefined;
  /** m (out). */
  magnitude?: tf.Tensor1D | undefined;
  /** s. */
  scale: number;
}

/** M A (R, in): A itself where there is no mixer. */
export function downProjection({ a, mixer }: Pick<FactorTensors, 'a' | 'mixer'>): tf.Tensor2D {
  return mixer === undefined ? a : tf.matMul(mixer, a);
}

/** The weight that a layer and its adapter stand for, from W (out, in) in float32: W + s B M A, its rows stretched to m where there is one. */
export function mergedWeight(weight: tf.Tensor2D, factors: FactorTensors): tf.Tensor2D {
  return tf.tidy(() => {
    const { b, magnitude, scale } = factors;
    const sum = tf.add(weight, tf.mul(tf.matMul(b, downProjection(factors)), scale)) as tf.Tensor2D;
    return magnitude === undefined ? sum : withMagnitude(sum, magnitude);
  });
}
