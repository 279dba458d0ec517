import { tf } from '@moslora/runtime';
import { isTfHandle, type TfHandle } from './tf-handle';

/** TensorFlow's numbers for the element types used here. */
export const DT = { float32: 1, int32: 3, complex64: 8, bool: 10, bfloat16: 14 } as const;
export type DtNumber = (typeof DT)[keyof typeof DT];

/** One attribute of a TensorFlow op, in the form the binding takes. */
export interface OpAttribute {
  name: string;
  type: number;
  value: number | boolean | string;
}

interface OutputInfo {
  id: number;
  shape: number[];
  dtype: number;
}

interface TensorEntry {
  shape: number[];
  dtype: number;
  id: number;
  values: null;
  refCount: number;
}

interface Binding {
  TF_ATTR_TYPE: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  executeOp(name: string, attributes: readonly OpAttribute[], inputIds: number[], outputs: number): OutputInfo[];
  createTensor(shape: number[], dtype: number, values: Int32Array | Float32Array): number;
}

interface NativeBackend {
  binding: Binding;
  tensorMap: { set(dataId: object, entry: TensorEntry): void };
  getInputTensorIds(tensors: readonly tf.Tensor[]): number[];
}

/** The native backend as this package needs it; only valid while `isNative()`. */
export function nativeBackend(): NativeBackend {
  return tf.backend() as unknown as NativeBackend;
}

export const typeAttribute = (name: string, value: DtNumber): OpAttribute => ({
  name,
  type: nativeBackend().binding.TF_ATTR_TYPE,
  value,
});
export const boolAttribute = (name: string, value: boolean): OpAttribute => ({
  name,
  type: nativeBackend().binding.TF_ATTR_BOOL,
  value,
});
export const intAttribute = (name: string, value: number): OpAttribute => ({
  name,
  type: nativeBackend().binding.TF_ATTR_INT,
  value,
});

/**
 * Runs a TensorFlow op by name; its outputs are ordinary tensors, tracked by `tf.tidy`.
 *
 * tfjs has no name for bfloat16: such a tensor says 'float32' in JavaScript (so its bytes count double in `tf.memory()`) and must
 * not be given to a tfjs op or read, only to another `execute` or to `save` of a custom gradient. It never leaves this package.
 */
export function execute(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly (tf.Tensor | TfHandle)[],
  outputs = 1,
): tf.Tensor[] {
  const backend = nativeBackend();
  const ids = inputs.map((input) => (isTfHandle(input) ? input.id : (backend.getInputTensorIds([input])[0] as number)));
  return backend.binding.executeOp(name, attributes, ids, outputs).map(trackOutput);
}

/** {@link execute} for the many ops with one output. */
export function executeOne(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly (tf.Tensor | TfHandle)[],
): tf.Tensor {
  return execute(name, attributes, inputs)[0] as tf.Tensor;
}

function trackOutput({ id, shape, dtype }: OutputInfo): tf.Tensor {
  const dataId = {};
  nativeBackend().tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype: visibleType(dtype) });
}

function visibleType(dtype: number): tf.DataType {
  if (dtype === DT.int32) return 'int32';
  if (dtype === DT.bool) return 'bool';
  if (dtype === DT.complex64) return 'complex64';
  return 'float32';
}
