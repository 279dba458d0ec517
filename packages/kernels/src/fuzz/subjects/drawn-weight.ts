import { bitcast, cast, rawScope, tf, uploadBytes, type Raw } from '@moslora/runtime';
import { handleOf, rawHandleOf } from '../../execution/kernel-op';
import { FrozenMatrix, type FrozenOperand } from '../../frozen-matrix/frozen-matrix';
import type { PackedOperand } from '../../frozen-matrix/packed-weight';
import type { Draw } from '../draw';

/** A frozen weight (out, in) as the fused products take it, and its values. */
export interface DrawnWeight {
  operand: FrozenOperand;
  plain: tf.Tensor2D;
  dispose(): void;
}

/** How all weights of one call are kept. */
export type WeightKind = { nf4: false } | ({ nf4: true } & Pick<PackedOperand, 'block' | 'round'> & { nested: number });

export function drawKind(draw: Draw): WeightKind {
  if (draw.chance(0.4)) return { nf4: false };
  return {
    nf4: true,
    block: draw.pick([16, 32, 64, 64, 64, 128, 1024]),
    round: draw.pick([0, 1, 2] as const),
    nested: draw.pick([0, 0, 256, 256, 16]),
  };
}

export function drawWeight(draw: Draw, kind: WeightKind, shape: [number, number]): DrawnWeight {
  if (!kind.nf4) {
    const plain = draw.normal<tf.Tensor2D>(shape, 0.3);
    const operand = new FrozenMatrix(tf.clone(plain));
    return { operand, plain, dispose: () => operand.dispose() };
  }
  const { packed, values, handles } = drawBlocks(draw, kind, shape[0] * shape[1]);
  return {
    operand: { shape, lend: () => fail(), packed: () => packed },
    plain: tf.tensor2d(values, shape),
    dispose: () => handles.forEach((handle) => handle.dispose()),
  };
}

const fail = (): never => {
  throw new Error('a weight in NF4 is not lent here');
};

/** Values evenly apart: the ops take any code. */
export const code = Float32Array.from({ length: 16 }, (_, i) => (i - 7) / 8);
export const map = Float32Array.from({ length: 256 }, (_, i) => (i - 127) / 128);

/** `count` values in NF4 from random bytes: as the ops take them, and what they are in float32 arithmetic. */
export function drawBlocks(draw: Draw, { block, round, nested }: WeightKind & { nf4: true }, count: number) {
  const blocks = Math.ceil(count / block);
  const bytes = draw.bytes(2 * Math.ceil(count / 4));
  const absmax = draw.floats([blocks], 0.3).map(Math.abs);
  const floats = [code];
  const codes = draw.bytes(blocks);
  if (nested > 0) {
    const scales = draw.floats([Math.ceil(blocks / nested)], 0.2).map(Math.abs);
    const offset = Math.fround(0.3);
    absmax.forEach((_, b) => {
      absmax[b] = Math.fround(map[codes[b]!]! * scales[Math.floor(b / nested)]!) + offset;
    });
    floats.push(map, scales, Float32Array.of(offset));
  } else {
    floats.push(absmax);
  }
  const exact = Float32Array.from({ length: count }, (_, i) => {
    const index = i % 2 === 0 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 15;
    return code[index]! * absmax[Math.floor(i / block)]!;
  });
  const pairs = uploadBytes(bytes, [bytes.length]);
  const handles: Raw[] = [bitcast(pairs, 'uint16', [bytes.length / 2]), pairs];
  if (nested > 0) handles.push(uploadBytes(codes, [codes.length]));
  const packed: PackedOperand = {
    packed: rawHandleOf(handles[0]!),
    floats: floats.map((values) => handleOf(tf.tensor1d(values))),
    ...(nested > 0 && { codes: rawHandleOf(handles[2]!) }),
    ...{ block, round, nestedBlock: nested || 256 },
  };
  return {
    packed,
    exact,
    values: round === 0 ? exact : roundedTo(round === 1 ? 'bfloat16' : 'float16', exact),
    handles,
  };
}

export function roundedTo(dtype: 'bfloat16' | 'float16', values: Float32Array): Float32Array {
  const low = rawScope(() => cast(cast(tf.tensor1d(values), dtype), 'float32'));
  return low.toTensor().dataSync<'float32'>();
}
