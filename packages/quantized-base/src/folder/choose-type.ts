import type { WeightSource } from '@moslora/checkpoint';
import type { FloatType } from '../code/decode';
import { storedType } from './narrow';

/**
 * The 16-bit type of what stays unquantised: the one config.json names (`dtype`, `torch_dtype`), else the one that all of the file's floats
 * have, else bfloat16.
 */
export function chooseType(source: WeightSource, config: Record<string, unknown>): FloatType {
  const narrow = ['float16', 'bfloat16'] as const;
  const named = narrow.find((type) => config['dtype'] === type || config['torch_dtype'] === type);
  const floats = source.names().flatMap((name) => {
    const { dtype } = source.info(name);
    return /^(F|BF)\d/.test(dtype) ? [dtype] : [];
  });
  return named ?? narrow.find((type) => floats.every((dtype) => dtype === storedType[type])) ?? 'bfloat16';
}
