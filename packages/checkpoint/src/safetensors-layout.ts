import { bytesPerElement, elementCount, type Dtype } from './dtype';

/** A tensor as a header describes it. */
export interface TensorSpec {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** A tensor with its place among a file's data, in bytes from the end of the header. */
export interface PlacedTensor extends TensorSpec {
  begin: number;
  end: number;
}

/** Bytes of a tensor's values. */
export function byteLength({ dtype, shape }: Pick<TensorSpec, 'dtype' | 'shape'>): number {
  return elementCount(shape) * bytesPerElement(dtype);
}

/** Tensors end to end, widest element type first, so that each is aligned to its element size. Throws when a name is given twice. */
export function placeTensors<T extends TensorSpec>(tensors: Iterable<T>): (T & PlacedTensor)[] {
  const ordered = [...tensors].sort((a, b) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  const seen = new Set<string>();
  let offset = 0;
  return ordered.map((tensor) => {
    if (seen.has(tensor.name)) throw new Error(`tensor ${tensor.name} is given twice`);
    seen.add(tensor.name);
    const begin = offset;
    offset += byteLength(tensor);
    return { ...tensor, begin, end: offset };
  });
}

/**
 * The first bytes of a safetensors file, up to its data: the header's length, its JSON, and spaces up to a multiple of 8 bytes, or up
 * to `atLeast`. `metadata` gets `format: pt` unless it has a format: transformers refuses files without.
 */
export function headerBytes(
  tensors: readonly PlacedTensor[],
  metadata: Readonly<Record<string, string>> = {},
  atLeast = 0,
): Buffer {
  const entries = tensors.map(({ name, dtype, shape, begin, end }) => {
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`;
  });
  const json = `{${[`"__metadata__":${JSON.stringify({ format: 'pt', ...metadata })}`, ...entries].join(',')}}`;
  const length = Buffer.byteLength(json);
  const bytes = Buffer.alloc(Math.max(atLeast, 8 + Math.ceil(length / 8) * 8), ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8), 0);
  bytes.write(json, 8);
  return bytes;
}
