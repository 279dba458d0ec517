import { DT, type TfHandle } from './native-op';
import { nativeBackend } from './storage';

/** Those used last. Shapes differ from batch to batch: without a limit they would add up. */
const constants = new Map<string, TfHandle>();
const mostConstants = 256;

/** How many are kept. */
export const constantCount = (): number => constants.size;

/** A small int32 vector (axes, shapes, permutations) on TensorFlow's side, for use at once. */
export function int32Vector(values: readonly number[]): TfHandle {
  return int32Constant(values, [values.length]);
}

/** An int32 scalar on TensorFlow's side, for use at once. */
export function int32Scalar(value: number): TfHandle {
  return int32Constant([value], []);
}

function int32Constant(values: readonly number[], shape: number[]): TfHandle {
  const key = `${shape.length}:${values.join(',')}`;
  const { binding } = nativeBackend();
  const found = constants.get(key) ?? { id: binding.createTensor(shape, DT.int32, Int32Array.from(values)), shape };
  constants.delete(key);
  constants.set(key, found); // behind all others
  if (constants.size > mostConstants) {
    const [oldest, { id }] = constants.entries().next().value!;
    constants.delete(oldest);
    binding.deleteTensor(id);
  }
  return found;
}
