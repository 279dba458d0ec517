import type { Dtype, TensorToWrite, WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { FloatType } from '../code/decode';

/** Names in a safetensors header. */
export const storedType: Record<FloatType, Dtype> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/** Largest finite half; beyond it a value rounds to infinity. */
const largestHalf = 65504;

/** A tensor that is not quantised, in `dtype` if it holds floats; its values are read when they are written. */
export function narrowed(source: WeightSource, name: string, dtype: FloatType): TensorToWrite {
  const { dtype: stored, shape } = source.info(name);
  const target = storedType[dtype];
  const isFloat = /^(F|BF)\d/.test(stored);
  if (!isFloat || stored === target) return { name, dtype: stored, shape, data: () => source.bytes(name) };
  return {
    name,
    dtype: target,
    shape,
    data: () => {
      const values = source.float32(name);
      if (dtype === 'float16') refuseOverflow(values, `${source.where}, tensor ${name}`);
      return values;
    },
  };
}

/** Throws a UserError for a value that has no place in half precision. */
export function refuseOverflow(values: Float32Array, place: string): void {
  const index = values.findIndex((value) => Math.abs(value) > largestHalf);
  if (index < 0) return;
  fail({
    what: 'A weight is too large for float16',
    where: `${place}, element ${index}`,
    got: String(values[index]),
    expected: `at most ${largestHalf}`,
    fix: 'quantise with dtype bfloat16',
  });
}
