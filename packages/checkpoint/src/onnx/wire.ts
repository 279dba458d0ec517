import protobuf from 'protobufjs/minimal.js';

/** One field of a protobuf message: a number for the numeric wire types, a view of the bytes for the others. */
export interface Field {
  id: number;
  number: number;
  bytes: Uint8Array;
}

const none = new Uint8Array();

/**
 * Walks the fields of a protobuf message without a schema; nested messages are views into `message`, not copies.
 * Throws a RangeError when the message ends inside a field.
 */
export function* fieldsOf(message: Uint8Array): Generator<Field> {
  const reader = new protobuf.Reader(message);
  while (reader.pos < message.length) {
    const tag = reader.uint32();
    const id = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { id, number: Number(reader.int64()), bytes: none };
        break;
      case 1:
        yield { id, number: reader.double(), bytes: none };
        break;
      case 2: {
        const length = reader.uint32();
        const start = reader.pos;
        reader.skip(length);
        yield { id, number: NaN, bytes: message.subarray(start, start + length) };
        break;
      }
      case 5:
        yield { id, number: reader.float(), bytes: none };
        break;
      default:
        throw new RangeError(`wire type ${tag & 7} at byte ${reader.pos}`);
    }
  }
}

/** The numbers of a packed repeated field of varints. */
export function packedIntegers(bytes: Uint8Array): number[] {
  const reader = new protobuf.Reader(bytes);
  const numbers: number[] = [];
  while (reader.pos < bytes.length) numbers.push(Number(reader.int64()));
  return numbers;
}

const decoder = new TextDecoder();

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
