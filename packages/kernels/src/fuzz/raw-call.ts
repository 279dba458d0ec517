import type { OpAttribute } from '../execution/binding';
import { executeKernel } from '../execution/kernel-op';
import { nativeBackend } from '../execution/storage';
import type { Draw } from './draw';

/** TensorFlow's numbers of the types that inputs are drawn in. */
export const types = {
  ...{ float32: 1, float64: 2, int32: 3, uint8: 4, int64: 9, bool: 10, bfloat16: 14, uint16: 17, float16: 19 },
} as const;

/** An input by what it is, not by its values. */
export interface RawInput {
  dtype: number;
  shape: number[];
  /** int32 values that mean something (targets, marks, positions). */
  ints?: number[];
  /** The very same array as this earlier input. */
  same?: number;
}

/** One call of a fused op below everything that the product does for it. */
export interface RawCall {
  name: string;
  attributes: OpAttribute[];
  inputs: RawInput[];
  outputs: number;
}

/** Makes inputs as described, with random values, and runs the op. Gives the message where it was refused. Frees what was made. */
export function runRaw(draw: Draw, { name, attributes, inputs, outputs }: RawCall): string | undefined {
  const { binding } = nativeBackend();
  const made: number[] = [];
  try {
    for (const input of inputs) made.push(input.same === undefined ? makeInput(draw, input) : made[input.same]!);
    const given = executeKernel(name, attributes, made, outputs);
    for (const { id } of given) binding.deleteTensor(id);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    for (const id of new Set(made)) binding.deleteTensor(id);
  }
}

const special = [NaN, Infinity, -Infinity, 3e38, -3e38, 1e-40, 0, -0];
const integers = [0, 1, 2, 3, -1, 63, 2 ** 31 - 1, -(2 ** 31)];

function makeInput(draw: Draw, { dtype, shape, ints }: RawInput): number {
  const { binding } = nativeBackend();
  const size = shape.reduce((product, side) => product * side, 1);
  if (dtype === types.int32) {
    const kept = ints?.length === size && draw.chance(0.7);
    const values = kept ? Int32Array.from(ints) : Int32Array.from({ length: size }, () => draw.pick(integers));
    return binding.createTensor(shape, dtype, values);
  }
  if (dtype === types.uint8 || dtype === types.uint16) {
    const bytes = draw.bytes(size * (dtype === types.uint8 ? 1 : 2));
    if (dtype === types.uint8) return binding.createTensor(shape, dtype, bytes);
    return converted(
      'Bitcast',
      'T',
      'type',
      binding.createTensor([...shape, 2], types.uint8, bytes),
      types.uint8,
      dtype,
    );
  }
  const values = draw.floats([size]);
  if (draw.chance(0.1)) values.forEach((_, i) => draw.chance(0.1) && (values[i] = draw.pick(special)));
  const floats = binding.createTensor(shape, types.float32, values);
  return dtype === types.float32 ? floats : converted('Cast', 'SrcT', 'DstT', floats, types.float32, dtype);
}

function converted(op: string, from: string, to: string, id: number, source: number, target: number): number {
  const { binding } = nativeBackend();
  const attributes = [
    { name: from, type: binding.TF_ATTR_TYPE, value: source },
    { name: to, type: binding.TF_ATTR_TYPE, value: target },
  ];
  try {
    return binding.executeOp(op, attributes, [id], 1)[0]!.id;
  } finally {
    binding.deleteTensor(id);
  }
}
