import { tf, type Raw } from '@moslora/runtime';
import type { Binding, OpAttribute } from './binding';
import { DT, type DtNumber } from './binding';
import type { Compute } from './compute';
import { openChain, type WaitingResult } from './open-chain';
import { refusal } from './refusal';
import { isLowOnly, lowHandle, nativeBackend, trackOutput, waitingResult } from './storage';

/** A handle on TensorFlow's side, and TensorFlow's number of its type. */
export interface HeldInput {
  readonly id: number;
  readonly type: number;
  /** Read in the host's memory also where a GPU computes. */
  readonly host?: boolean;
  /** Whose values these are: it can be assigned others. */
  readonly variable?: tf.Variable;
}

/** An array as one of our ops takes it. */
export type KernelInput = HeldInput | WaitingResult;

/** An array that an op gives. */
export interface KernelOutput {
  shape: readonly number[];
  type: KernelType | typeof DT.int32;
}

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
  return waitingAs(tensor, fullType(tensor)) ?? handleOf(tensor);
}

const fullType = (tensor: tf.Tensor): number => (tensor.dtype === 'int32' ? DT.int32 : DT.float32);

/** The values of a tensor in the type of the products. */
export function working(tensor: tf.Tensor, type: KernelType): KernelInput {
  if (type === DT.float32) return full(tensor);
  return waitingAs(tensor, type) ?? held(lowHandle(tensor), type, tensor);
}

function held(id: number, type: number, tensor: tf.Tensor): HeldInput {
  return tensor instanceof tf.Variable ? { id, type, variable: tensor } : { id, type };
}

/** {@link full} as a handle: what the tensor waits for is run. */
export function handleOf(tensor: tf.Tensor): HeldInput {
  return held(nativeBackend().getInputTensorIds([tensor])[0] as number, fullType(tensor), tensor);
}

/** The same of a raw array, such as bytes. */
export function rawHandleOf(raw: Raw): HeldInput {
  return { id: raw.id, type: DT[raw.dtype as keyof typeof DT] };
}

/** A tensor that waits in the open chain, in the type that it will have. */
function waitingAs(tensor: tf.Tensor, type: number): WaitingResult | undefined {
  const chain = openChain();
  const result = chain && waitingResult(tensor);
  return result?.chain === chain && result?.type === type ? result : undefined;
}

/** An attribute's value in JavaScript; a type is given as `{ type }`. */
export type KernelAttributes = Record<
  string,
  number | boolean | string | readonly number[] | { type: DtNumber } | { float: number }
>;

/**
 * Runs one of our ops by name; its outputs are ordinary tensors, tracked by `tf.tidy` and not on the tape. Where what they will be is known
 * before, the call may wait in the open chain.
 */
export function runKernel(
  name: string,
  attributes: KernelAttributes,
  inputs: readonly KernelInput[],
  outputs: number | readonly KernelOutput[],
): tf.Tensor[] {
  const chain = openChain();
  if (chain && typeof outputs !== 'number') return chain.add(name, attributes, inputs, outputs);
  chain?.run(); // it may write what this call reads
  const count = typeof outputs === 'number' ? outputs : outputs.length;
  return executeKernel(name, bindingAttributes(attributes), inputs.map(heldId), count).map(trackOutput);
}

function heldId(input: KernelInput): number {
  const id = 'id' in input ? input.id : input.handle;
  if (id !== undefined) return id;
  throw new Error('an array was asked for while the calls that make it wait, and used after them');
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

/** As the binding takes them. */
export function bindingAttributes(attributes: KernelAttributes): OpAttribute[] {
  return Object.entries(attributes).map(([name, value]) => attribute(name, value));
}

function attribute(name: string, value: KernelAttributes[string]): OpAttribute {
  const { TF_ATTR_BOOL, TF_ATTR_FLOAT, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_TYPE } = nativeBackend().binding;
  if (typeof value === 'string') return { name, type: TF_ATTR_STRING, value };
  if (typeof value === 'boolean') return { name, type: TF_ATTR_BOOL, value };
  if (typeof value === 'number' || Array.isArray(value)) return { name, type: TF_ATTR_INT, value };
  if ('type' in (value as object)) return { name, type: TF_ATTR_TYPE, value: (value as { type: number }).type };
  return { name, type: TF_ATTR_FLOAT, value: (value as { float: number }).float };
}
