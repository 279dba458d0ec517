import { isNative, tf } from '@moslora/runtime';
import { DT, executeOne, typeAttribute } from '../execution/native-op';

/** factor s (1 - s), elementwise: with s = σ(z), factor times the derivative of σ. One pass on the native backend. */
export function sigmoidSlope(s: tf.Tensor, factor: tf.Tensor): tf.Tensor {
  if (isNative()) return executeOne('SigmoidGrad', [typeAttribute('T', DT.float32)], [s, factor]);
  return tf.mul(factor, tf.mul(s, tf.sub(1, s)));
}
