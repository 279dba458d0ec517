import { DT, type TfHandle } from './native-op';
import { nativeBackend } from './storage';

const constants = new Map<string, TfHandle>();

/** A small int32 vector (axes, shapes, permutations) on TensorFlow's side, made once per value. */
export function int32Vector(values: readonly number[]): TfHandle {
  return int32Constant(values, [values.length]);
}

/** An int32 scalar on TensorFlow's side, made once per value. */
export function int32Scalar(value: number): TfHandle {
  return int32Constant([value], []);
}

function int32Constant(values: readonly number[], shape: number[]): TfHandle {
  const key = `${shape.length}:${values.join(',')}`;
  let found = constants.get(key);
  if (found === undefined) {
    found = { id: nativeBackend().binding.createTensor(shape, DT.int32, Int32Array.from(values)), shape };
    constants.set(key, found);
  }
  return found;
}
