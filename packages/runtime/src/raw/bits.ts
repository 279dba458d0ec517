import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from '../backend/native';
import { attr } from './attr';
import { dtypeBytes, type RawDtype } from './dtype';
import { Raw } from './raw';
import { rawScope } from './raw-scope';
import { cast, rawOne, type RawInput } from './raw-op';

/** The same elements in another shape; shares memory. */
export function reshape(input: RawInput, shape: readonly number[]): Raw {
  const target = tf.tensor1d([...shape], 'int32');
  const result = rawOne(
    'Reshape',
    [attr.type('T', input.dtype as RawDtype), attr.type('Tshape', 'int32')],
    [input, target],
  );
  target.dispose();
  return result;
}

/** The same bytes read as another type in the given shape (little-endian): `bytes(result) === bytes(input)`. */
export function bitcast(input: Raw, dtype: RawDtype, shape: readonly number[]): Raw {
  const [from, to] = [dtypeBytes(input.dtype), dtypeBytes(dtype)];
  const size = shape.reduce((product, side) => product * side, 1);
  if (size * to !== input.byteLength) {
    throw new Error(`${dtype} [${shape.join(', ')}] takes ${size * to} bytes, the value has ${input.byteLength}`);
  }
  return rawScope(() => {
    // Bitcast to a wider type folds the last axis, to a narrower one it adds an axis.
    const source = to > from ? reshape(input, [size, to / from]) : input;
    const recast = rawOne('Bitcast', [attr.type('T', input.dtype), attr.type('type', dtype)], [source]);
    return reshape(recast, shape);
  });
}

/** The values as float32, whatever the type (bf16, half, integers). */
export function readFloats(input: Raw): Float32Array {
  return rawScope(() => {
    const float = input.dtype === 'float32' ? input : cast(input, 'float32');
    return nativeBackend().binding.tensorDataSync(float.id) as Float32Array;
  });
}

/** The bytes as they lie in memory. */
export function readBytes(input: Raw): Uint8Array {
  return rawScope(() => {
    const bytes = input.dtype === 'uint8' ? input : bitcast(input, 'uint8', [input.byteLength]);
    const padding = (4 - (input.byteLength % 4)) % 4;
    const flat = reshape(bytes, [input.byteLength]);
    const pads = tf.tensor2d([[0, padding]], [1, 2], 'int32');
    const padded = rawOne('Pad', [attr.type('T', 'uint8'), attr.type('Tpaddings', 'int32')], [flat, pads]);
    pads.dispose();
    const words = bitcast(padded, 'int32', [(input.byteLength + padding) / 4]);
    const data = nativeBackend().binding.tensorDataSync(words.id);
    return new Uint8Array(data.buffer, data.byteOffset, input.byteLength);
  });
}
