import { asFloat32, readTensorInto, type Dtype, type WeightSource } from '@moslora/checkpoint';
import { narrowTensor } from '@moslora/kernels';
import { bitcast, cast, isNative, rawScope, sharedBytes, tf, uploadBytes, type RawDtype } from '@moslora/runtime';

/** What stored values are on the native backend. */
const types: Partial<Record<string, RawDtype>> = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' };

/**
 * A tensor of a file, to be read and not trained. On the native backend 16-bit values stay in 16 bits in memory, and are widened where they are
 * used (exactly, so nothing but memory changes), and float32 lies in TensorFlow's memory alone; elsewhere, and from other types, they
 * become float32. Throws a UserError for integers.
 */
export function frozenTensor(source: WeightSource, name: string): tf.Tensor {
  const { dtype, shape, byteLength } = source.info(name);
  const type = types[dtype];
  if (type === undefined || !isNative() || byteLength === 0) return tf.tensor(source.float32(name), shape, 'float32');
  const bytes = sharedBytes(byteLength);
  readTensorInto(source, name, bytes);
  return rawScope(() => {
    const value = bitcast(uploadBytes(bytes, [byteLength]), type, shape);
    return type === 'float32' ? value.toTensor() : narrowTensor(value);
  });
}

/** What JavaScript widens in less time than it takes to call TensorFlow. */
const fewBytes = 1 << 15;

/**
 * A float32 tensor of stored floating-point values; of `bytes` from `sharedBytes` TensorFlow takes the memory over. Tracked by `tf.tidy`.
 * Throws a UserError for integers, naming `where`.
 */
export function float32Tensor(dtype: Dtype, bytes: Uint8Array, shape: number[], where: string): tf.Tensor {
  const type = types[dtype];
  const few = bytes.byteLength <= (type === 'float32' ? 0 : fewBytes);
  if (type === undefined || !isNative() || few) return tf.tensor(asFloat32(dtype, bytes, where), shape, 'float32');
  return rawScope(() => {
    const value = bitcast(uploadBytes(bytes, [bytes.byteLength]), type, shape);
    return (type === 'float32' ? value : cast(value, 'float32')).toTensor();
  });
}
