import { tf, type Raw } from '@moslora/runtime';
import { trackOutput } from '../execution/storage';

/**
 * A tensor that keeps a bfloat16 or float16 value as it is; takes `value` over. To tfjs it is float32, and becomes that when it is used in
 * any other way than by {@link embedding} or as a {@link FrozenMatrix}. Native backend only; not tracked by `tf.tidy`.
 */
export function narrowTensor(value: Raw): tf.Tensor {
  if (value.dtype !== 'bfloat16' && value.dtype !== 'float16')
    throw new Error(`a narrow tensor is bfloat16 or float16, not ${value.dtype}`);
  return tf.keep(trackOutput(value.handOver()));
}
