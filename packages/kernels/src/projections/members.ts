import { tf } from '@moslora/runtime';
import type { Compute } from '../execution/compute';
import { DT, type DtNumber } from '../execution/binding';
import type { Dropped } from '../dropout/dropout';
import { full, working, type KernelAttributes, type KernelInput, type KernelType } from '../execution/kernel-op';
import type { FrozenOperand } from '../frozen-matrix/frozen-matrix';
import type { LoraFactors } from '../lora-linear/lora-linear';

/** One of the linear layers that share an input. */
export interface Projection {
  weight: FrozenOperand;
  factors?: LoraFactors | undefined;
  /** (out). */
  bias?: tf.Tensor1D | undefined;
  /** Of the adapter's input, where elements are dropped now. */
  dropout?: Dropped | undefined;
}

/** The arrays of projections as the fused ops take them, and the attributes that say which is which. */
export interface MemberArrays {
  inputs: KernelInput[];
  attributes: KernelAttributes;
}

/** Whether the fused op can take these together: all of one kind, all adapted in the same way or none. */
export function areAlike(members: readonly Projection[]): boolean {
  const kinds = members.map(({ weight, factors, bias, dropout }) => {
    const packed = weight.packed?.();
    const kept = packed ? `${packed.block} ${packed.nestedBlock} ${packed.round} ${packed.codes !== undefined}` : '';
    return `${kept}|${factors ? `${factors.mixer !== undefined} ${factors.scale}` : ''}|${bias !== undefined}|${dropout?.probability ?? 0}`;
  });
  return new Set(kinds).size === 1;
}

/** Lends all weights at once for the time of a call. */
export function withMembers<R>(
  compute: Compute,
  type: KernelType,
  members: readonly Projection[],
  use: (arrays: MemberArrays) => R,
): R {
  const packed = members.map(({ weight }) => weight.packed?.());
  const [first] = packed;
  if (first === undefined) return lendAll(compute, members, (weights) => use(describe(members, weights, type, type)));
  const weights = packed.map((operand) => operand!.packed);
  return use(describe(members, weights, type, DT.uint16, packed as NonNullable<typeof first>[]));
}

function lendAll<R>(compute: Compute, members: readonly Projection[], use: (weights: KernelInput[]) => R): R {
  const type = compute.precision === 'bfloat16' ? DT.bfloat16 : DT.float32;
  const next = (at: number, weights: KernelInput[]): R => {
    const member = members[at];
    if (member === undefined) return use(weights);
    return member.weight.lend(compute, (weight) => next(at + 1, [...weights, working(weight, type)]));
  };
  return next(0, []);
}

function describe(
  members: readonly Projection[],
  weights: KernelInput[],
  type: KernelType,
  weightType: DtNumber,
  packed: readonly NonNullable<ReturnType<NonNullable<FrozenOperand['packed']>>>[] = [],
): MemberArrays {
  const floats = packed.flatMap((operand) => operand.floats);
  const codes = packed.flatMap(({ codes }) => (codes ? [codes] : []));
  const factors = members.flatMap(({ factors: own }) => {
    if (own === undefined) return [];
    return [own.a, own.b, ...(own.mixer ? [own.mixer] : [])].map((tensor) => full(tensor));
  });
  const [one] = members as readonly [Projection];
  // An array and no attribute: TensorFlow keeps a kernel for each set of attributes that it meets.
  const seeds = one.dropout
    ? [
        full(
          tf.tensor1d(
            Int32Array.from(members, ({ dropout }) => dropout?.seed ?? 0),
            'int32',
          ),
        ),
      ]
    : [];
  return {
    inputs: [...weights, ...floats, ...codes, ...factors, ...seeds],
    attributes: {
      T: { type },
      W: { type: weightType },
      P: members.length,
      F: floats.length,
      C: codes.length,
      A: factors.length,
      outputs: members.map(({ weight }) => weight.shape[0]),
      block: packed[0]?.block ?? 64,
      nested_block: packed[0]?.nestedBlock ?? 256,
      round: packed[0]?.round ?? 0,
      mixed: one.factors?.mixer !== undefined,
      scale: { float: one.factors?.scale ?? 1 },
      dropout: { float: one.dropout?.probability ?? 0 },
      K: seeds.length,
    },
  };
}
