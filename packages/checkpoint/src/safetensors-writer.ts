import { bytesPerElement, elementCount, type Dtype } from './dtype';
import { replaceFile, writeAll } from './atomic-file';
import { toBytes } from './convert';

export type TensorData = Uint8Array | Float32Array | Int32Array;

export interface TensorToWrite {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  /** The values, or a function giving them when their turn has come, so that only one tensor is in memory at a time. */
  data: TensorData | (() => TensorData);
}

/**
 * Writes a safetensors file atomically, tensor by tensor, widest element type first so that every tensor is aligned to its
 * element size; the header is padded with spaces to a multiple of 8 bytes. `metadata` gets `format: pt` unless it has a format:
 * transformers refuses files without.
 */
export function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Record<string, string> = {},
): void {
  const ordered = [...tensors].sort((a, b) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let offset = 0;
  for (const { name, dtype, shape } of ordered) {
    if (name in header) throw new Error(`${path}: tensor ${name} is given twice`);
    const end = offset + elementCount(shape) * bytesPerElement(dtype);
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  padded.writeBigUInt64LE(BigInt(padded.length - 8), 0);
  json.copy(padded, 8);
  replaceFile(path, (fd) => {
    writeAll(fd, padded);
    for (const tensor of ordered) writeAll(fd, checkedBytes(tensor));
  });
}

function checkedBytes({ name, dtype, shape, data }: TensorToWrite): Uint8Array {
  const bytes = toBytes(dtype, typeof data === 'function' ? data() : data, name);
  const expected = elementCount(shape) * bytesPerElement(dtype);
  if (bytes.byteLength !== expected) {
    throw new Error(`${name}: ${bytes.byteLength} bytes given, ${expected} needed for ${dtype} (${shape.join(', ')})`);
  }
  return bytes;
}
