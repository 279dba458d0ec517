import { bfloat16ToFloat32, float32ToBfloat16, float32ToHalf, halfToFloat32 } from '@moslora/checkpoint';
import { decodeQ4_0, encodeQ4_0 } from './blocks/q4-0';
import { decodeQ8_0, encodeQ8_0 } from './blocks/q8-0';
import type { TensorType } from './tensor-type';

/** Values as a type stores them, rounded to nearest. */
export function encodeValues(type: TensorType, values: Float32Array): Uint8Array {
  switch (type) {
    case 'F32':
      return bytesOf(values);
    case 'F16':
      return bytesOf(float32ToHalf(values));
    case 'BF16':
      return bytesOf(float32ToBfloat16(values));
    case 'Q8_0':
      return encodeQ8_0(values);
    case 'Q4_0':
      return encodeQ4_0(values);
  }
}

/** Stored bytes, aligned to 4, as float32 values. */
export function decodeValues(type: TensorType, stored: Uint8Array): Float32Array {
  const { buffer, byteOffset, byteLength } = stored;
  switch (type) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F16':
      return halfToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'Q8_0':
      return decodeQ8_0(stored);
    case 'Q4_0':
      return decodeQ4_0(stored);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
