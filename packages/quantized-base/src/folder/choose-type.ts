import type { WeightSource } from '@moslora/checkpoint';
import type { FloatType } from '../code/decode';
import { floatTypeOf } from './stored-type';

/**
 * The type of what stays unquantised: the one config.json names (`dtype`, `torch_dtype`), else the one that all of the file's floats
 * have, else bfloat16. float32 counts only where `wide` says so.
 */
export function chooseType(source: WeightSource, config: Record<string, unknown>, wide = false): FloatType {
  const types = (['float16', 'bfloat16', 'float32'] as const).filter((type) => wide || type !== 'float32');
  const named = types.find((type) => config['dtype'] === type || config['torch_dtype'] === type);
  const floats = source.names().flatMap((name) => floatTypeOf(source.info(name).dtype) ?? []);
  return named ?? types.find((type) => floats.every((stored) => stored === type)) ?? 'bfloat16';
}
