import type { tf } from '@moslora/runtime';
import type { Binding, OpAttribute } from './binding';
import { DT, type DtNumber } from './binding';
import type { Compute } from './compute';
import { refusal } from './refusal';
import { isLowOnly, lowHandle, nativeBackend, trackOutput } from './storage';

/** A handle on TensorFlow's side as one of our ops takes it. */
export type KernelInput = { readonly id: number };

/** The type of an op's products: what its `T` is. */
export type KernelType = typeof DT.float32 | typeof DT.bfloat16;

/** The type of an arithmetic's products. */
export function typeOf({ precision }: Compute): KernelType {
  return DT[precision];
}

/** The type that a tensor can be read in without making another one: bfloat16 where it is held in that alone. */
export function heldType(tensor: tf.Tensor): KernelType {
  return isLowOnly(tensor) ? DT.bfloat16 : DT.float32;
}

/** The float32 (or int32) values of a tensor. */
export function full(tensor: tf.Tensor): KernelInput {
  return { id: nativeBackend().getInputTensorIds([tensor])[0] as number };
}

/** The values of a tensor in the type of the products. */
export function working(tensor: tf.Tensor, type: KernelType): KernelInput {
  return type === DT.bfloat16 ? { id: lowHandle(tensor) } : full(tensor);
}

/** An attribute's value in JavaScript; a type is given as `{ type }`. */
export type KernelAttributes = Record<
  string,
  number | boolean | readonly number[] | { type: DtNumber } | { float: number }
>;

/** Runs one of our ops by name; its outputs are ordinary tensors, tracked by `tf.tidy` and not on the tape. */
export function runKernel(
  name: string,
  attributes: KernelAttributes,
  inputs: readonly KernelInput[],
  outputs: number,
): tf.Tensor[] {
  const spelled = Object.entries(attributes).map(([key, value]) => attribute(key, value));
  const ids = inputs.map(({ id }) => id);
  return executeKernel(name, spelled, ids, outputs).map(trackOutput);
}

/** {@link runKernel} on the binding's level. Throws with the op's name, what is wrong, and the types and shapes of its inputs. */
export function executeKernel(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: number[],
  outputs: number,
): ReturnType<Binding['executeOp']> {
  try {
    return nativeBackend().binding.executeOp(name, attributes, inputs, outputs);
  } catch (error) {
    throw refusal(error, name, inputs);
  }
}

function attribute(name: string, value: KernelAttributes[string]): OpAttribute {
  const { TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_ATTR_INT, TF_ATTR_TYPE } = nativeBackend().binding;
  if (typeof value === 'boolean') return { name, type: TF_ATTR_BOOL, value };
  if (typeof value === 'number' || Array.isArray(value)) return { name, type: TF_ATTR_INT, value };
  if ('type' in (value as object)) return { name, type: TF_ATTR_TYPE, value: (value as { type: number }).type };
  return { name, type: TF_ATTR_FLOAT, value: (value as { float: number }).float };
}
