import { fail } from '@moslora/specs';
import { bfloat16ToFloat32, halfToFloat32 } from '../half';
import { elementCount } from '../dtype';
import type { OnnxTensor } from './graph';

/** TensorProto.DataType numbers that weights come in, with their bytes per element. */
const sizes: Record<number, number> = { 1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 16: 2 };

export const isFloating = (type: number): boolean => [1, 10, 11, 16].includes(type);

/** The values of an initialiser as float32; int8 and uint8 as they stand, not dequantised. `path` is for errors. */
export function valuesOf(tensor: OnnxTensor, path: string): Float32Array {
  const where = `${path}, initialiser ${tensor.name}`;
  if (tensor.external) {
    fail({
      what: 'The initialiser lies in an external data file',
      where,
      expected: 'data inside the .onnx file',
      fix: 'use an export below 2 GB in one file, or the safetensors checkpoint',
    });
  }
  const size =
    sizes[tensor.type] ?? fail({ what: 'Unknown element type of an initialiser', where, got: `type ${tensor.type}` });
  const values = tensor.raw ? fromRaw(tensor.type, tensor.raw.slice()) : fromLists(tensor);
  const expected = elementCount(tensor.shape);
  if (values.length !== expected || (tensor.raw && tensor.raw.length !== expected * size)) {
    fail({
      what: 'An initialiser has too little or too much data',
      where,
      got: `${tensor.raw?.length ?? values.length * size} bytes`,
      expected: `${expected * size} bytes for (${tensor.shape.join(', ')})`,
      fix: 'the file is damaged: get it again',
    });
  }
  return values;
}

function fromRaw(type: number, { buffer, byteLength }: Uint8Array): Float32Array {
  const whole = (size: number) => Math.floor(byteLength / size);
  switch (type) {
    case 1:
      return new Float32Array(buffer, 0, whole(4));
    case 3:
      return Float32Array.from(new Int8Array(buffer, 0, byteLength));
    case 6:
      return Float32Array.from(new Int32Array(buffer, 0, whole(4)));
    case 7:
      return Float32Array.from(new BigInt64Array(buffer, 0, whole(8)), Number);
    case 10:
      return halfToFloat32(new Uint16Array(buffer, 0, whole(2)));
    case 11:
      return Float32Array.from(new Float64Array(buffer, 0, whole(8)));
    case 16:
      return bfloat16ToFloat32(new Uint16Array(buffer, 0, whole(2)));
    default:
      return Float32Array.from(new Uint8Array(buffer, 0, byteLength));
  }
}

function fromLists({ type, integers, floats }: OnnxTensor): Float32Array {
  if (integers && type === 10) return halfToFloat32(Uint16Array.from(integers));
  if (integers && type === 16) return bfloat16ToFloat32(Uint16Array.from(integers));
  return Float32Array.from(floats ?? integers ?? []);
}
