import { tf } from '@moslora/runtime';
import { DT, type Binding, type OpAttribute } from './binding';

/**
 * What the native backend holds of a tensor. To tfjs every floating-point tensor is float32; behind it may stand a float32 handle
 * (`id`), a bfloat16 one (`low`), or both. Whoever asks for float32, tfjs itself included, gets it made from the other one.
 */
interface TensorEntry {
  shape: number[];
  dtype: number;
  /** The float32 (or integer, or boolean) handle; negative where there is none. */
  id: number;
  /** Values that JavaScript has not handed over yet. */
  values: unknown;
  refCount: number;
  /** The bfloat16 handle. */
  low?: number | undefined;
}

export interface NativeBackend {
  binding: Binding;
  tensorMap: {
    get(dataId: object): TensorEntry;
    set(dataId: object, entry: TensorEntry): void;
    has(dataId: object): boolean;
  };
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
  readSync(dataId: object): unknown;
  disposeData(dataId: object, force?: boolean): boolean;
}

const prepared = new WeakSet<NativeBackend>();

/** The native backend, taught to make float32 from bfloat16 where it is asked for; only valid while `isNative()`. */
export function nativeBackend(): NativeBackend {
  const backend = tf.backend() as unknown as NativeBackend;
  if (!prepared.has(backend)) {
    prepared.add(backend);
    teach(backend);
  }
  return backend;
}

function teach(backend: NativeBackend): void {
  const { getInputTensorIds, readSync, disposeData } = backend;
  backend.getInputTensorIds = (tensors) => {
    for (const tensor of tensors) if (tensor instanceof tf.Tensor) raise(backend, tensor.dataId);
    return getInputTensorIds.call(backend, tensors);
  };
  backend.readSync = (dataId) => {
    raise(backend, dataId);
    return readSync.call(backend, dataId);
  };
  backend.disposeData = (dataId, force) => {
    const low = backend.tensorMap.has(dataId) ? backend.tensorMap.get(dataId).low : undefined;
    const gone = disposeData.call(backend, dataId, force);
    if (gone && low !== undefined) backend.binding.deleteTensor(low);
    return gone;
  };
}

function raise(backend: NativeBackend, dataId: object): void {
  if (!backend.tensorMap.has(dataId)) return;
  const entry = backend.tensorMap.get(dataId);
  if (entry.id < 0 && entry.low !== undefined) entry.id = castHandle(backend, entry.low, DT.bfloat16, DT.float32);
}

/** The bfloat16 handle of a floating-point tensor; made once and kept with the tensor. */
export function lowHandle(tensor: tf.Tensor): number {
  const backend = nativeBackend();
  const entry = backend.tensorMap.has(tensor.dataId) ? backend.tensorMap.get(tensor.dataId) : undefined;
  if (entry?.low !== undefined) return entry.low;
  const id = backend.getInputTensorIds([tensor])[0] as number;
  const low = castHandle(backend, id, DT.float32, DT.bfloat16);
  backend.tensorMap.get(tensor.dataId).low = low;
  return low;
}

/** Whether a tensor is held in bfloat16 alone. */
export function isLowOnly(tensor: tf.Tensor): boolean {
  const { tensorMap } = nativeBackend();
  if (!tensorMap.has(tensor.dataId)) return false;
  const { id, low } = tensorMap.get(tensor.dataId);
  return id < 0 && low !== undefined;
}

/** A tracked tensor for what an op gave. */
export function trackOutput({ id, shape, dtype }: { id: number; shape: number[]; dtype: number }): tf.Tensor {
  const dataId = {};
  const held = dtype === DT.bfloat16 ? { dtype: DT.float32, id: -1, low: id } : { dtype, id };
  nativeBackend().tensorMap.set(dataId, { shape, values: null, refCount: 1, ...held });
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: visibleType(dtype) });
}

function visibleType(dtype: number): tf.DataType {
  if (dtype === DT.int32) return 'int32';
  return dtype === DT.bool ? 'bool' : 'float32';
}

function castHandle({ binding }: NativeBackend, id: number, from: number, to: number): number {
  const attributes: OpAttribute[] = [
    { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: from },
    { name: 'DstT', type: binding.TF_ATTR_TYPE, value: to },
    { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
  ];
  return (binding.executeOp('Cast', attributes, [id], 1)[0] as { id: number }).id;
}
