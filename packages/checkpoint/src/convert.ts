import { fail } from '@moslora/specs';
import type { Dtype } from './dtype';
import { bfloat16ToFloat32, float32ToBfloat16, float32ToHalf, halfToFloat32 } from './half';

/** Stored bytes (aligned to 8) as float32 values. `place` names file and tensor in errors. */
export function asFloat32(dtype: Dtype, bytes: Uint8Array, place: string): Float32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case 'F16':
      return halfToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer, byteOffset, byteLength / 2));
    case 'F64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    default:
      return fail({
        what: 'A tensor of integers stands where floating-point weights were looked for',
        where: place,
        got: dtype,
        expected: 'F64, F32, F16 or BF16',
        fix: 'if the weights are quantised, say so in the model configuration; else use the unquantised checkpoint',
      });
  }
}

/** Stored bytes (aligned to 8) as int32 values. */
export function asInt32(dtype: Dtype, bytes: Uint8Array, place: string): Int32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (dtype) {
    case 'I32':
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case 'I64':
      return Int32Array.from(new BigInt64Array(buffer, byteOffset, byteLength / 8), (value) => narrowed(value, place));
    case 'I16':
      return Int32Array.from(new Int16Array(buffer, byteOffset, byteLength / 2));
    case 'I8':
      return Int32Array.from(new Int8Array(buffer, byteOffset, byteLength));
    case 'U8':
    case 'BOOL':
      return Int32Array.from(bytes);
    default:
      return fail({
        what: 'A floating-point tensor stands where integers were looked for',
        where: place,
        got: dtype,
        expected: 'I64, I32, I16, I8, U8 or BOOL',
      });
  }
}

function narrowed(value: bigint, place: string): number {
  if (value < -2147483648n || value > 2147483647n) {
    fail({ what: 'An integer does not fit 32 bits', where: place, got: String(value) });
  }
  return Number(value);
}

function bytesOf(array: Float32Array | Float64Array | Uint16Array | Int32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Values to the bytes of `dtype`: bytes pass as they are, float32 narrows (to nearest, ties to even), int32 widens to I64. */
export function toBytes(dtype: Dtype, data: Uint8Array | Float32Array | Int32Array, name: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (data instanceof Float32Array) {
    if (dtype === 'F32') return bytesOf(data);
    if (dtype === 'F16') return bytesOf(float32ToHalf(data));
    if (dtype === 'BF16') return bytesOf(float32ToBfloat16(data));
    if (dtype === 'F64') return bytesOf(Float64Array.from(data));
  } else {
    if (dtype === 'I32') return bytesOf(data);
    if (dtype === 'I64') return bytesOf(BigInt64Array.from(data, BigInt));
  }
  throw new Error(`${name}: a ${data.constructor.name} cannot be written as ${dtype}`);
}
