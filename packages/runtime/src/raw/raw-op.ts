import type * as tf from '@tensorflow/tfjs-core';
import { nativeBackend, type NativeBackend } from '../backend/native';
import { attr, type RawAttr } from './attr';
import { dtypeCode, type RawDtype } from './dtype';
import { Raw } from './raw';

/** What an op takes: values of tfjs and raw ones, in the order of the op's definition. */
export type RawInput = tf.Tensor | Raw;

/** Runs a TensorFlow op by name; its outputs stay raw. Native backend only. */
export function raw(op: string, attrs: readonly RawAttr[], inputs: readonly RawInput[], outputs = 1): Raw[] {
  const backend = nativeBackend();
  return backend.binding
    .executeOp(
      op,
      attrs,
      inputs.map((input) => handle(backend, input)),
      outputs,
    )
    .map((one) => new Raw(one));
}

/** Runs a TensorFlow op with one raw output. */
export function rawOne(op: string, attrs: readonly RawAttr[], inputs: readonly RawInput[]): Raw {
  return raw(op, attrs, inputs)[0]!;
}

/** Runs a TensorFlow op whose single output (float32, int32 or bool) becomes a normal, tracked tensor. */
export function rawTensor(op: string, attrs: readonly RawAttr[], inputs: readonly RawInput[]): tf.Tensor {
  const backend = nativeBackend();
  const ids = inputs.map((input) => handle(backend, input));
  return backend.createOutputTensor(backend.binding.executeOp(op, attrs, ids, 1)[0]!);
}

function handle(backend: NativeBackend, input: RawInput): number {
  return input instanceof Raw ? input.id : backend.getInputTensorIds([input])[0]!;
}

/** Gives bytes to TensorFlow as uint8 of the given shape. It copies them, or takes their memory: do not change them afterwards. */
export function uploadBytes(bytes: Uint8Array, shape: readonly number[]): Raw {
  const size = shape.reduce((product, side) => product * side, 1);
  if (size !== bytes.length)
    throw new Error(`${bytes.length} bytes do not fill the shape [${shape.join(', ')}] of ${size}`);
  const id = nativeBackend().binding.createTensor(shape, dtypeCode('uint8'), bytes);
  return new Raw({ id, shape: [...shape], dtype: dtypeCode('uint8') });
}

/** Copies a tfjs or raw value's data to another type by value (bf16 rounds to nearest even). */
export function cast(input: RawInput, dtype: RawDtype): Raw {
  return rawOne(
    'Cast',
    [attr.type('SrcT', input.dtype as RawDtype), attr.type('DstT', dtype), attr.bool('Truncate', false)],
    [input],
  );
}

/** The bf16 rounding of a float32 tensor. */
export function toBf16(input: RawInput): Raw {
  return cast(input, 'bfloat16');
}
