import { fail } from '@moslora/specs';
import { asFloat32, toBytes } from './convert';
import type { Dtype } from './dtype';
import { byteLength } from './safetensors-layout';
import type { TensorToWrite } from './safetensors-writer';
import { missingTensor, readTensorInto, type TensorInfo, type WeightSource } from './weight-source';

/** A tensor whose values are made when they are asked for. */
export interface MadeTensor {
  dtype: Dtype;
  shape: number[];
  values(): Float32Array;
}

/** A view in which the tensors that `made` gives stand in place of the stored ones; made anew at every read, one at a time. */
export function withMade(source: WeightSource, made: (name: string) => MadeTensor | undefined): WeightSource {
  const bytes = (name: string, tensor: MadeTensor): Uint8Array => toBytes(tensor.dtype, tensor.values(), name);
  const place = (name: string): string => `${source.where}, tensor ${name}`;
  return {
    where: source.where,
    metadata: source.metadata,
    names: () => source.names(),
    has: (name) => source.has(name),
    info: (name) => infoOf(made(name)) ?? source.info(name),
    bytes: (name) => {
      const tensor = made(name);
      return tensor ? bytes(name, tensor) : source.bytes(name);
    },
    float32: (name) => {
      const tensor = made(name);
      if (tensor === undefined) return source.float32(name);
      return tensor.dtype === 'F32' ? tensor.values() : asFloat32(tensor.dtype, bytes(name, tensor), place(name));
    },
    int32: (name) => source.int32(name),
    readInto: (name, target) => {
      const tensor = made(name);
      if (tensor) target.set(bytes(name, tensor));
      else readTensorInto(source, name, target);
    },
    place: (name) => (made(name) ? undefined : source.place?.(name)),
    close: () => source.close(),
  };
}

function infoOf(tensor: MadeTensor | undefined): TensorInfo | undefined {
  if (tensor === undefined) return undefined;
  const { dtype, shape } = tensor;
  return { dtype, shape, byteLength: byteLength({ dtype, shape }) };
}

const floats: readonly Dtype[] = ['F64', 'F32', 'F16', 'BF16'];

/**
 * A view whose floats are all of one type, each rounded to the nearest (ties to even).
 * @throws UserError, at the read, for a value that half precision has no number for
 */
export function narrowed(source: WeightSource, dtype: 'F32' | 'F16' | 'BF16'): WeightSource {
  return withMade(source, (name) => {
    const { dtype: stored, shape } = source.info(name);
    if (stored === dtype || !floats.includes(stored)) return undefined;
    return { dtype, shape, values: () => checkedRange(source.float32(name), dtype, `${source.where}, tensor ${name}`) };
  });
}

/** Halfway between the largest half and the next: from there on values round to infinity. */
const beyondHalf = 65520;

function checkedRange(values: Float32Array, dtype: Dtype, where: string): Float32Array {
  if (dtype !== 'F16') return values;
  const at = values.findIndex((value) => Math.abs(value) >= beyondHalf && Number.isFinite(value));
  if (at < 0) return values;
  return fail({
    what: 'A weight is too large for float16',
    where: `${where}, element ${at}`,
    got: String(values[at]),
    expected: 'less than 65520 either way',
    fix: 'write bfloat16, which reaches as far as float32',
  });
}

/** Tensors that are to be written, seen as if they were a file. */
export function tensorSource(where: string, tensors: readonly TensorToWrite[]): WeightSource {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const find = (name: string): TensorToWrite => byName.get(name) ?? missingTensor(where, name, [...byName.keys()]);
  const bytes = (name: string): Uint8Array => {
    const { dtype, data } = find(name);
    return toBytes(dtype, typeof data === 'function' ? data() : data, name);
  };
  return {
    where,
    metadata: {},
    names: () => [...byName.keys()],
    has: (name) => byName.has(name),
    info: (name) => {
      const { dtype, shape } = find(name);
      return { dtype, shape: [...shape], byteLength: byteLength({ dtype, shape }) };
    },
    bytes,
    float32: (name) => asFloat32(find(name).dtype, bytes(name), `${where}, tensor ${name}`),
    int32: (name) => fail({ what: 'These tensors are floats', where, got: name }),
    close: () => {},
  };
}
