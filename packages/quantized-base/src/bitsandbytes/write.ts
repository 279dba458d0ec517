import type { TensorToWrite } from '@moslora/checkpoint';
import type { Nf4Tensor } from '../nf4-tensor';
import { nf4Keys } from './keys';
import { formatQuantState } from './quant-state';

/** An NF4 weight whose packed bytes may be made when they are written. */
export type Nf4ToWrite = Omit<Nf4Tensor, 'packed'> & { packed: Uint8Array | (() => Uint8Array) };

/**
 * The tensors that bitsandbytes stores for the weight `name`: packed codes ((n + 1) / 2, 1), absmax, the 16 values and the state;
 * with double quantisation the 8-bit absmax, its own absmax and the 256 values.
 */
export function nf4ToEntries(name: string, tensor: Nf4ToWrite): TensorToWrite[] {
  const { packed, absmax, shape, dtype, blockSize, code } = tensor;
  const keys = nf4Keys(name);
  const count = shape.reduce((product, size) => product * size, 1);
  const nested = absmax instanceof Float32Array ? undefined : { blockSize: absmax.blockSize, offset: absmax.offset };
  const state = formatQuantState({ shape, dtype, blockSize, ...(nested && { nested }) });
  const entries: TensorToWrite[] = [
    { name: keys.packed, dtype: 'U8', shape: [(count + 1) >> 1, 1], data: packed },
    { name: keys.quantMap, ...floats(code) },
    { name: keys.quantState, ...bytes(state) },
  ];
  if (absmax instanceof Float32Array) return [...entries, { name: keys.absmax, ...floats(absmax) }];
  return [
    ...entries,
    { name: keys.absmax, ...bytes(absmax.codes) },
    { name: keys.nestedAbsmax, ...floats(absmax.nestedAbsmax) },
    { name: keys.nestedQuantMap, ...floats(absmax.map) },
  ];
}

const floats = (data: Float32Array) => ({ dtype: 'F32', shape: [data.length], data }) as const;
const bytes = (data: Uint8Array) => ({ dtype: 'U8', shape: [data.length], data }) as const;
