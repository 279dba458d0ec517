import { fail } from '@moslora/specs';
import { aligned, magic, version } from './header';
import type { HeaderReader } from './header-reader';
import { listType, scalarTypes, type ListOf, type MetadataValue, type ScalarOf, type ScalarType } from './metadata';
import { byteLength, tensorTypes, type TensorType } from './tensor-type';
import type { PlacedTensor } from './header';

export interface GgufHeader {
  metadata: Record<string, MetadataValue>;
  tensors: PlacedTensor[];
  /** Where the tensors' bytes begin in the file. */
  dataBegin: number;
}

const mostAxes = 4;
const damaged = 'it is damaged, or of a kind that is not read here';

/** Reads what stands before the tensors. @throws UserError where it is no GGUF file of version 2 or 3, is cut short or has unknown types */
export function readHeader(from: HeaderReader): GgufHeader {
  const found = from.take(4, 'the magic bytes').toString('latin1');
  if (found !== magic)
    fail({
      what: 'This is no GGUF file',
      where: from.path,
      got: JSON.stringify(found),
      expected: `it begins with ${magic}`,
    });
  const fileVersion = from.uint32('the version');
  if (fileVersion !== 2 && fileVersion !== version)
    fail({ what: 'A GGUF file of another version', where: from.path, got: String(fileVersion), expected: '2 or 3' });
  const tensorCount = from.count('the tensors', 24);
  const entryCount = from.count('the metadata', 13);
  const metadata: Record<string, MetadataValue> = {};
  for (let i = 0; i < entryCount; i++) {
    const key = from.text('a key of the metadata');
    metadata[key] = readValue(from, key);
  }
  const stored = metadata['general.alignment'];
  if (stored !== undefined && !(stored.type === 'uint32' && stored.value % 32 === 0 && stored.value > 0))
    fail({
      what: 'An alignment that is not read here',
      where: from.path,
      got: JSON.stringify(stored),
      expected: 'a multiple of 32',
    });
  const tensors = Array.from({ length: tensorCount }, () => readTensor(from));
  const step = stored?.type === 'uint32' ? stored.value : 1;
  return { metadata, tensors, dataBegin: Math.ceil(aligned(from.position) / step) * step };
}

function readTensor(from: HeaderReader): PlacedTensor {
  const name = from.text("a tensor's name");
  const where = `${from.path}, tensor ${name}`;
  const axes = from.uint32(`the axes of ${name}`);
  if (axes > mostAxes) fail({ what: 'A tensor of too many axes', where, got: String(axes), fix: damaged });
  const shape = Array.from({ length: axes }, () => from.count(`a side of ${name}`, 0)).reverse();
  const id = from.uint32(`the type of ${name}`);
  const type = (Object.keys(tensorTypes) as TensorType[]).find((one) => tensorTypes[one].id === id);
  const begin = from.count(`the place of ${name}`, 1);
  if (type === undefined)
    return fail({
      what: 'A tensor of a type that is not read here',
      where,
      got: `type ${id}`,
      expected: Object.entries(tensorTypes)
        .map(([known, layout]) => `${known} (${layout.id})`)
        .join(', '),
    });
  return { name, type, shape, begin, end: begin + byteLength({ name, type, shape }) };
}

function readValue(from: HeaderReader, key: string): MetadataValue {
  const type = from.uint32(`the type of ${key}`);
  if (type !== listType) return readScalar(from, scalarType(from, type, key), key);
  const of = scalarType(from, from.uint32(`the type of the elements of ${key}`), key);
  const length = from.count(`the elements of ${key}`, of === 'string' ? 8 : 1);
  const values = Array.from({ length }, () => readScalar(from, of, key).value);
  return { type: 'list', of, values } as ListOf;
}

function scalarType({ path }: HeaderReader, id: number, key: string): ScalarType {
  const known = (Object.keys(scalarTypes) as ScalarType[]).find((name) => scalarTypes[name] === id);
  return (
    known ?? fail({ what: `The metadata ${key} is of an unknown type`, where: path, got: `type ${id}`, fix: damaged })
  );
}

function readScalar(from: HeaderReader, type: ScalarType, key: string): ScalarOf {
  switch (type) {
    case 'string':
      return { type, value: from.text(key) };
    case 'bool':
      return { type, value: from.take(1, key).readUInt8() !== 0 };
    case 'uint8':
      return { type, value: from.take(1, key).readUInt8() };
    case 'int8':
      return { type, value: from.take(1, key).readInt8() };
    case 'uint16':
      return { type, value: from.take(2, key).readUInt16LE() };
    case 'int16':
      return { type, value: from.take(2, key).readInt16LE() };
    case 'uint32':
      return { type, value: from.take(4, key).readUInt32LE() };
    case 'int32':
      return { type, value: from.take(4, key).readInt32LE() };
    case 'float32':
      return { type, value: from.take(4, key).readFloatLE() };
    case 'uint64':
      return { type, value: from.take(8, key).readBigUInt64LE() };
    case 'int64':
      return { type, value: from.take(8, key).readBigInt64LE() };
    case 'float64':
      return { type, value: from.take(8, key).readDoubleLE() };
  }
}
