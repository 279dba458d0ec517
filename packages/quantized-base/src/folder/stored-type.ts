import type { Dtype } from '@moslora/checkpoint';
import type { FloatType } from '../code/decode';

/** Names in a safetensors header. */
export const storedType: Record<FloatType, Dtype> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/** The float type of a safetensors name; undefined for integers. float64 counts as float32, to which it is narrowed. */
export function floatTypeOf(dtype: Dtype): FloatType | undefined {
  if (dtype === 'F64') return 'float32';
  const types = Object.keys(storedType) as FloatType[];
  return types.find((type) => storedType[type] === dtype);
}
