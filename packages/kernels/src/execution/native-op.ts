import { tf } from '@moslora/runtime';
import { DT, type DtNumber, type OpAttribute } from './binding';
import { lowHandle, nativeBackend, trackOutput } from './storage';

export { DT, type DtNumber } from './binding';

/** A tensor on TensorFlow's side that tfjs does not track: a constant of ours, or a `Raw` of the runtime. */
export interface TfHandle {
  readonly id: number;
  readonly shape: number[];
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

type FloatNumber = typeof DT.float32 | typeof DT.bfloat16;

/**
 * Runs a TensorFlow op by name on the float32 or the bfloat16 values of its floating-point inputs, as `type` says; its outputs are
 * ordinary tensors, tracked by `tf.tidy` and not on the tape.
 */
export function execute(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly (tf.Tensor | TfHandle)[],
  outputs = 1,
  type: FloatNumber = DT.float32,
): tf.Tensor[] {
  const backend = nativeBackend();
  const handle = (input: tf.Tensor | TfHandle): number => {
    if (!(input instanceof tf.Tensor)) return input.id;
    if (type === DT.bfloat16 && input.dtype === 'float32') return lowHandle(input);
    return backend.getInputTensorIds([input])[0] as number;
  };
  return backend.binding.executeOp(name, attributes, inputs.map(handle), outputs).map(trackOutput);
}

/** {@link execute} for the many ops with one output. */
export function executeOne(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly (tf.Tensor | TfHandle)[],
  type: FloatNumber = DT.float32,
): tf.Tensor {
  return execute(name, attributes, inputs, 1, type)[0] as tf.Tensor;
}
