import { tf } from '@moslora/runtime';
import { DT, type Binding, type DtNumber, type OpAttribute } from './binding';
import { handleGone } from './handle-watch';
import { openChain, type WaitingResult } from './open-chain';

/**
 * What the native backend holds of a tensor. To tfjs every floating-point tensor is float32; behind it may stand a float32 handle
 * (`id`), a bfloat16 one (`low`), a float16 one as a file had it (`half`), or several. Whoever asks for float32, tfjs itself
 * included, gets it made from another one, which is kept.
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
  /** The float16 handle. */
  half?: number | undefined;
  /** In place of all handles, while the call that gives the tensor waits. */
  waiting?: WaitingResult | undefined;
}

export interface NativeBackend {
  binding: Binding;
  readonly isUsingGpuDevice: boolean;
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
    const { id, low, half } = backend.tensorMap.has(dataId) ? backend.tensorMap.get(dataId) : {};
    const chain = openChain();
    if (chain && [id, low, half].some((handle) => handle !== undefined && chain.reads(handle))) chain.run();
    const gone = disposeData.call(backend, dataId, force);
    for (const handle of [low, half]) if (gone && handle !== undefined) backend.binding.deleteTensor(handle);
    if (gone) for (const handle of [id, low, half]) handleGone(handle);
    return gone;
  };
}

function raise(backend: NativeBackend, dataId: object): void {
  if (!backend.tensorMap.has(dataId)) return;
  const entry = settled(backend.tensorMap.get(dataId));
  const narrow = narrowHandle(entry);
  if (entry.id < 0 && narrow) entry.id = castHandle(backend, narrow.id, narrow.dtype, DT.float32);
}

/** The entry with its handles: where the call that gives them waits, it waits no longer. */
function settled(entry: TensorEntry): TensorEntry {
  entry.waiting?.chain.run();
  return entry;
}

/**
 * The handle in 16 bits that a tensor has, if it has one. Of two it is the float16 one: the other was rounded from it, and values must not
 * depend on whether somebody has asked for that before.
 */
function narrowHandle({ low, half }: Partial<TensorEntry>): { id: number; dtype: DtNumber } | undefined {
  if (half !== undefined) return { id: half, dtype: DT.float16 };
  return low === undefined ? undefined : { id: low, dtype: DT.bfloat16 };
}

/** The bfloat16 handle of a floating-point tensor; made once and kept with the tensor. */
export function lowHandle(tensor: tf.Tensor): number {
  const backend = nativeBackend();
  const entry = backend.tensorMap.has(tensor.dataId) ? settled(backend.tensorMap.get(tensor.dataId)) : undefined;
  if (entry?.low !== undefined) return entry.low;
  if (entry?.half !== undefined && entry.id < 0) {
    entry.low = castHandle(backend, entry.half, DT.float16, DT.bfloat16);
    return entry.low;
  }
  const id = backend.getInputTensorIds([tensor])[0] as number;
  const low = castHandle(backend, id, DT.float32, DT.bfloat16);
  backend.tensorMap.get(tensor.dataId).low = low;
  return low;
}

/** Whether a tensor is held in bfloat16 alone. */
export function isLowOnly(tensor: tf.Tensor): boolean {
  const { tensorMap } = nativeBackend();
  if (!tensorMap.has(tensor.dataId)) return false;
  const { id, low, half, waiting } = tensorMap.get(tensor.dataId);
  return waiting ? waiting.type === DT.bfloat16 : id < 0 && low !== undefined && half === undefined;
}

/** What a tensor waits for. */
export function waitingResult(tensor: tf.Tensor): WaitingResult | undefined {
  const { tensorMap } = nativeBackend();
  return tensorMap.has(tensor.dataId) ? tensorMap.get(tensor.dataId).waiting : undefined;
}

/** A tracked tensor that gets its handle once the call has run that gives it. */
export function trackWaiting(waiting: WaitingResult, shape: readonly number[]): tf.Tensor {
  return track([...shape], { dtype: waiting.type === DT.int32 ? DT.int32 : DT.float32, id: -1, waiting });
}

/** Whether anybody still holds a tensor's values. */
export function isThere({ dataId }: tf.TensorInfo): boolean {
  return nativeBackend().tensorMap.has(dataId);
}

/** Gives a tensor the handle that it has waited for. */
export function arrived({ dataId }: tf.TensorInfo, handle: number): void {
  const entry = nativeBackend().tensorMap.get(dataId);
  if (entry.waiting?.type === DT.bfloat16) entry.low = handle;
  else entry.id = handle;
  entry.waiting = undefined;
}

/** The data whose float32 memory was made by {@link ownHandle} and is nobody else's. */
const owned = new WeakSet<object>();

/**
 * The float32 handle of a variable, for an op that writes to it in place. Memory that something else may see (what the variable was made
 * from or assigned, which can be an array of JavaScript's; its clones) is copied with `copy` first, once. Other forms of its values
 * (bfloat16, float16) are dropped. A reshape of the variable made before shows the new values: none must be kept across such an op.
 */
export function ownHandle(variable: tf.Variable, copy: (variable: tf.Variable) => tf.Tensor): number {
  const backend = nativeBackend();
  const { tensorMap, binding } = backend;
  openChain()?.run(); // what waits reads the values as they are
  if (!owned.has(variable.dataId) || tensorMap.get(variable.dataId).refCount > 1) {
    const own = copy(variable);
    variable.assign(own);
    own.dispose();
    owned.add(variable.dataId);
  }
  const entry = tensorMap.get(variable.dataId);
  for (const handle of [entry.low, entry.half]) {
    if (handle === undefined) continue;
    binding.deleteTensor(handle);
    handleGone(handle);
  }
  [entry.low, entry.half] = [undefined, undefined];
  return backend.getInputTensorIds([variable])[0] as number;
}

/** All handles that a tensor has now, with their types. */
export function handlesOf(tensor: tf.Tensor): { id: number; type: number }[] {
  const { id, low, half, dtype } = nativeBackend().tensorMap.get(tensor.dataId);
  return [
    ...(id >= 0 ? [{ id, type: dtype }] : []),
    ...(low === undefined ? [] : [{ id: low, type: DT.bfloat16 }]),
    ...(half === undefined ? [] : [{ id: half, type: DT.float16 }]),
  ];
}

/** The handle and type of a tensor that is held in 16 bits alone. */
export function narrowOnly(tensor: tf.Tensor): { id: number; dtype: DtNumber } | undefined {
  const { tensorMap } = nativeBackend();
  const entry = tensorMap.has(tensor.dataId) ? settled(tensorMap.get(tensor.dataId)) : undefined;
  return entry && entry.id < 0 ? narrowHandle(entry) : undefined;
}

/** A new float32 tensor of the values of one that is held in 16 bits alone, which stays so. */
export function widened(tensor: tf.Tensor): tf.Tensor {
  const backend = nativeBackend();
  const narrow = narrowOnly(tensor);
  if (!narrow) return tf.clone(tensor);
  const id = castHandle(backend, narrow.id, narrow.dtype, DT.float32);
  return trackOutput({ id, shape: [...tensor.shape], dtype: DT.float32 });
}

/** A tracked tensor for what an op gave. */
export function trackOutput({ id, shape, dtype }: { id: number; shape: number[]; dtype: number }): tf.Tensor {
  if (dtype === DT.bfloat16) return track(shape, { dtype: DT.float32, id: -1, low: id });
  if (dtype === DT.float16) return track(shape, { dtype: DT.float32, id: -1, half: id });
  return track(shape, { dtype, id });
}

function track(shape: number[], held: Omit<TensorEntry, 'shape' | 'values' | 'refCount'>): tf.Tensor {
  const dataId = {};
  nativeBackend().tensorMap.set(dataId, { shape, values: null, refCount: 1, ...held });
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: visibleType(held.dtype) });
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
