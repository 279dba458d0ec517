import { listType, scalarTypes, type Metadata, type MetadataValue, type ScalarOf } from './metadata';
import { byteLength, tensorTypes, type GgufTensor } from './tensor-type';

export const magic = 'GGUF';
export const version = 3;
/** Tensors begin at multiples of so many bytes where the metadata say nothing else. */
export const alignment = 32;

/** A tensor with the place of its bytes, from the end of the header. */
export type PlacedTensor<T extends GgufTensor = GgufTensor> = T & { begin: number; end: number };

export const aligned = (position: number): number => Math.ceil(position / alignment) * alignment;

/** Tensors one after the other. Throws when a name is given twice, or a row is no whole number of blocks. */
export function placeTensors<T extends GgufTensor>(tensors: readonly T[]): PlacedTensor<T>[] {
  const seen = new Set<string>();
  let next = 0;
  return tensors.map((tensor) => {
    if (seen.has(tensor.name)) throw new Error(`tensor ${tensor.name} is given twice`);
    seen.add(tensor.name);
    const begin = next;
    const end = begin + byteLength(tensor);
    next = aligned(end);
    return { ...tensor, begin, end };
  });
}

/** The first bytes of a GGUF file, up to its tensors: magic, version, counts, metadata, tensors, zeros up to the alignment. */
export function headerBytes(metadata: Metadata, tensors: readonly PlacedTensor[]): Uint8Array {
  const entries = Object.entries(metadata);
  const bad = entries.filter(([key]) => !/^[a-z0-9_]+(\.[a-z0-9_]+)*$/.test(key)).map(([key]) => key);
  if (bad.length > 0) throw new Error(`no keys of GGUF: ${bad.join(', ')}`);
  const parts = [
    Buffer.from(magic),
    ...[{ type: 'uint32', value: version } as const, count(tensors.length), count(entries.length)].map(scalarBytes),
  ];
  for (const [key, value] of entries) {
    parts.push(textBytes(key));
    // One by one: vocabularies have more entries than a call takes arguments.
    for (const bytes of valueBytes(value)) parts.push(bytes);
  }
  for (const { name, shape, type, begin } of tensors) {
    const axes = [...shape].reverse();
    parts.push(textBytes(name), numberBytes(axes.length), ...axes.map((side) => scalarBytes(count(side))));
    parts.push(numberBytes(tensorTypes[type].id), scalarBytes(count(begin)));
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...parts, Buffer.alloc(aligned(length) - length)]);
}

const count = (value: number): ScalarOf<'uint64'> => ({ type: 'uint64', value: BigInt(value) });
const numberBytes = (value: number): Buffer => scalarBytes({ type: 'uint32', value });

function valueBytes(value: MetadataValue): Buffer[] {
  if (value.type !== 'list') return [numberBytes(scalarTypes[value.type]), scalarBytes(value)];
  const { of, values } = value;
  const each = values.map((one) => scalarBytes({ type: of, value: one } as ScalarOf));
  return [numberBytes(listType), numberBytes(scalarTypes[of]), scalarBytes(count(values.length)), ...each];
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([scalarBytes(count(bytes.length)), bytes]);
}

function scalarBytes(scalar: ScalarOf): Buffer {
  if (scalar.type === 'string') return textBytes(scalar.value);
  const view = new DataView(new ArrayBuffer(8));
  return Buffer.from(view.buffer, 0, setScalar(view, scalar));
}

/** Sets the value at the start and gives its length in bytes. */
function setScalar(view: DataView, scalar: Exclude<ScalarOf, { type: 'string' }>): number {
  switch (scalar.type) {
    case 'uint8':
      return (view.setUint8(0, scalar.value), 1);
    case 'int8':
      return (view.setInt8(0, scalar.value), 1);
    case 'bool':
      return (view.setUint8(0, scalar.value ? 1 : 0), 1);
    case 'uint16':
      return (view.setUint16(0, scalar.value, true), 2);
    case 'int16':
      return (view.setInt16(0, scalar.value, true), 2);
    case 'uint32':
      return (view.setUint32(0, scalar.value, true), 4);
    case 'int32':
      return (view.setInt32(0, scalar.value, true), 4);
    case 'float32':
      return (view.setFloat32(0, scalar.value, true), 4);
    case 'uint64':
      return (view.setBigUint64(0, scalar.value, true), 8);
    case 'int64':
      return (view.setBigInt64(0, scalar.value, true), 8);
    case 'float64':
      return (view.setFloat64(0, scalar.value, true), 8);
  }
}
