import {
  byteLength,
  type LateTensor,
  type SafetensorsDraft,
  type TensorSpec,
  type WeightSource,
} from '@moslora/checkpoint';
import { nf4Keys } from '../bitsandbytes/keys';
import { formatQuantState, longestQuantState } from '../bitsandbytes/quant-state';
import { blockCount } from '../code/absmax';
import type { FloatType } from '../code/decode';
import { defaultNestedBlockSize } from '../code/nested-absmax';
import { defaultBlockSize } from '../code/nf4-code';
import { floatTypeOf, storedType } from './stored-type';
import type { TaskOutcome, TensorInput, TensorTask } from './task/tensor-task';

/** One tensor of the source: what is stored for it, and how it is made. */
export interface PlannedTensor {
  name: string;
  /** In bytes, of the source. */
  inputBytes: number;
  /** In bytes, at most. */
  bytes: number;
  stored: TensorSpec[];
  /** The quantisation state, of a 4-bit weight. */
  late: LateTensor[];
  /** Values in 4 bits, and the bytes of their codes and scales; 0 where none are. */
  weights: number;
  weightBytes: number;
  task(input: TensorInput, draft: SafetensorsDraft): TensorTask;
  /** The late tensors' contents, once the task is done. */
  texts(outcome: TaskOutcome): [name: string, text: Uint8Array][];
}

export interface PlanOptions {
  double: boolean;
  /** What floats are narrowed to; undefined keeps what each tensor has. */
  dtype: FloatType | undefined;
}

/** A weight in bitsandbytes' layout: sizes follow from the shape, all but the length of its state. */
export function plannedNf4(source: WeightSource, name: string, options: PlanOptions): PlannedTensor {
  const { dtype: stored, shape, byteLength: inputBytes } = source.info(name);
  const { double } = options;
  const dtype = options.dtype ?? floatTypeOf(stored) ?? 'float32';
  const count = shape.reduce((product, size) => product * size, 1);
  const blocks = blockCount(count, defaultBlockSize);
  const keys = nf4Keys(name);
  const specs: TensorSpec[] = [
    { name: keys.packed, dtype: 'U8', shape: [(count + 1) >> 1, 1] },
    { name: keys.absmax, dtype: double ? 'U8' : 'F32', shape: [blocks] },
    { name: keys.quantMap, dtype: 'F32', shape: [16] },
  ];
  if (double) {
    specs.push({ name: keys.nestedAbsmax, dtype: 'F32', shape: [blockCount(blocks, defaultNestedBlockSize)] });
    specs.push({ name: keys.nestedQuantMap, dtype: 'F32', shape: [256] });
  }
  const late = [{ name: keys.quantState, atMost: longestQuantState(shape) }];
  return {
    ...{ name, inputBytes, stored: specs, late },
    weights: count,
    weightBytes: specs.reduce(
      (sum, spec) => sum + (/quant_map$/.test(spec.name) ? 0 : byteLength(spec)),
      double ? 4 : 0,
    ),
    bytes: sum(specs) + late[0]!.atMost,
    task: (input, draft) => ({
      ...{ kind: 'nf4', input, dtype },
      packed: draft.place(keys.packed),
      absmax: draft.place(keys.absmax),
      quantMap: draft.place(keys.quantMap),
      ...(double && {
        nested: { absmax: draft.place(keys.nestedAbsmax), quantMap: draft.place(keys.nestedQuantMap) },
      }),
    }),
    texts: ({ offset }) => {
      const nested = offset === undefined ? undefined : { blockSize: defaultNestedBlockSize, offset };
      const state = { shape, dtype, blockSize: defaultBlockSize, ...(nested && { nested }) };
      return [[keys.quantState, formatQuantState(state)]];
    },
  };
}

/** A tensor that is not quantised, in `dtype` if that is given and the tensor holds floats. */
export function plannedKept(source: WeightSource, name: string, { dtype }: PlanOptions): PlannedTensor {
  const { dtype: stored, shape, byteLength: inputBytes } = source.info(name);
  const isFloat = floatTypeOf(stored) !== undefined;
  const target = dtype !== undefined && isFloat ? storedType[dtype] : stored;
  const spec: TensorSpec = { name, dtype: target, shape };
  return {
    ...{ name, inputBytes, stored: [spec], late: [], weights: 0, weightBytes: 0, texts: () => [] },
    bytes: sum([spec]),
    task: (input, draft) => {
      const to = draft.place(name);
      return target === stored ? { kind: 'copy', input, to } : { kind: 'narrow', input, dtype: dtype!, to };
    },
  };
}

function sum(specs: readonly TensorSpec[]): number {
  return specs.reduce((total, spec) => total + byteLength(spec), 0);
}
