import { bfloat16ToFloat32, float32ToBfloat16, float32ToHalf, halfToFloat32 } from '@moslora/checkpoint';

/** What a weight was stored as before it was quantised; dequantised values are rounded to it. */
export type FloatType = 'float32' | 'float16' | 'bfloat16';

/** `values` rounded to `dtype`, in float32. */
export function roundedTo(dtype: FloatType, values: Float32Array): Float32Array {
  if (dtype === 'float16') return halfToFloat32(float32ToHalf(values));
  if (dtype === 'bfloat16') return bfloat16ToFloat32(float32ToBfloat16(values));
  return values;
}

/** The 16 values that the codes of each block stand for: absmax (blocks) -> code[k] absmax_b (blocks * 16), rounded to `dtype`. */
export function decodedValues(absmax: Float32Array, code: Float32Array, dtype: FloatType): Float32Array {
  const values = new Float32Array(16 * absmax.length);
  for (let block = 0; block < absmax.length; block++) {
    for (let k = 0; k < 16; k++) values[16 * block + k] = code[k]! * absmax[block]!;
  }
  if (dtype !== 'bfloat16') return roundedTo(dtype, values);
  // Finite, so that the round half to even needs no case for NaN; in place, since there is one for every four weights.
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) & 0xffff0000;
  return values;
}

/**
 * x_i = code[index_i] absmax_b in float32, then rounded to `dtype`: packed (ceil(n / 2)) bytes -> (n). The 16 products of a block
 * are made once and looked up.
 */
export function decodeNf4(
  packed: Uint8Array,
  absmax: Float32Array,
  code: Float32Array,
  options: { count: number; blockSize: number; dtype: FloatType },
): Float32Array {
  const { count, blockSize, dtype } = options;
  const x = new Float32Array(count);
  const products = new Float32Array(16);
  for (let block = 0; block < absmax.length; block++) {
    const scale = absmax[block]!;
    for (let k = 0; k < 16; k++) products[k] = code[k]! * scale;
    const values = roundedTo(dtype, products);
    const end = Math.min(count, (block + 1) * blockSize);
    let i = block * blockSize;
    for (; i + 1 < end; i += 2) {
      const byte = packed[i >> 1]!;
      x[i] = values[byte >> 4]!;
      x[i + 1] = values[byte & 15]!;
    }
    if (i < end) x[i] = values[packed[i >> 1]! >> 4]!;
  }
  return x;
}
