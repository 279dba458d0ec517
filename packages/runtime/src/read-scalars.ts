import * as tf from '@tensorflow/tfjs-core';

/** The values of many scalars in one transfer: a device is waited for once, not once per value. Does not dispose them. */
export function readScalars(scalars: readonly tf.Tensor[]): Float32Array {
  if (scalars.length === 0) return new Float32Array(0);
  const joined = tf.tidy(() => tf.concat(scalars.map((scalar) => tf.cast(tf.reshape(scalar, [1]), 'float32'))));
  const values = joined.dataSync<'float32'>();
  joined.dispose();
  return values;
}
