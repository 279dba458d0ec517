import { fail } from '@moslora/specs';
import type { Dtype } from './dtype';

export interface TensorInfo {
  dtype: Dtype;
  /** As published: (out, in) for a linear layer. */
  shape: number[];
  byteLength: number;
}

/** Where a tensor's bytes lie as they are stored, so that they can be read piece by piece, or by another thread. */
export interface TensorPlace {
  path: string;
  /** Of the first byte, from the start of the file. */
  position: number;
}

/** Named tensors read one at a time: a safetensors file, a Hugging Face folder, an ONNX file's initialisers. */
export interface WeightSource {
  /** File or folder, for error messages. */
  readonly where: string;
  readonly metadata: Record<string, string>;
  names(): string[];
  has(name: string): boolean;
  info(name: string): TensorInfo;
  /** The stored bytes, little-endian, in row-major order; a fresh copy aligned for any typed array. */
  bytes(name: string): Uint8Array;
  /** The values of a floating-point tensor as float32: exact for F32, F16, BF16; F64 is rounded. */
  float32(name: string): Float32Array;
  /** The values of an integer or boolean tensor as int32; I64 beyond its range is an error. */
  int32(name: string): Int32Array;
  /** Reads the stored bytes to the start of `target`, for callers that have the memory already; absent where {@link bytes} is as good. */
  readInto?(name: string, target: Uint8Array): void;
  /** Where the bytes lie; absent, or undefined, where they are made and not read. */
  place?(name: string): TensorPlace | undefined;
  close(): void;
}

/** The stored bytes at the start of `target`, which has to be as long or longer. */
export function readTensorInto(source: WeightSource, name: string, target: Uint8Array): void {
  if (source.readInto) source.readInto(name, target);
  else target.set(source.bytes(name));
}

/** Error for a tensor that is not there, naming the closest that are. */
export function missingTensor(where: string, name: string, known: readonly string[]): never {
  const leaf = name.split('.').slice(-2).join('.');
  const similar = known.filter((other) => other.endsWith(leaf) || name.endsWith(other) || other.startsWith(name));
  const shown = (similar.length > 0 ? similar : known).slice(0, 8);
  fail({
    what: `There is no tensor \`${name}\``,
    where,
    got: `${known.length} tensors, ${similar.length > 0 ? 'similar ones' : 'the first ones'}: ${shown.join(', ') || 'none'}`,
    fix: 'check that the file belongs to this kind of model, and the prefix under which its weights are looked up',
  });
}

/**
 * A view with other names: `rename` maps a stored name to the one shown, or to undefined to leave the tensor out.
 * Two stored names mapping to one shown name is an error.
 */
export function renamed(source: WeightSource, rename: (name: string) => string | undefined): WeightSource {
  const stored = new Map<string, string>();
  for (const name of source.names()) {
    const shown = rename(name);
    if (shown === undefined) continue;
    const other = stored.get(shown);
    if (other !== undefined) {
      fail({ what: `Two tensors would both be called \`${shown}\``, where: source.where, got: `${other} and ${name}` });
    }
    stored.set(shown, name);
  }
  const find = (name: string): string => stored.get(name) ?? missingTensor(source.where, name, [...stored.keys()]);
  return {
    where: source.where,
    metadata: source.metadata,
    names: () => [...stored.keys()],
    has: (name) => stored.has(name),
    info: (name) => source.info(find(name)),
    bytes: (name) => source.bytes(find(name)),
    float32: (name) => source.float32(find(name)),
    int32: (name) => source.int32(find(name)),
    readInto: (name, target) => readTensorInto(source, find(name), target),
    place: (name) => source.place?.(find(name)),
    close: () => source.close(),
  };
}

/** A view of the tensors whose names start with `prefix`, shown without it. */
export function withoutPrefix(source: WeightSource, prefix: string): WeightSource {
  return renamed(source, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
}
