/** How a tensor's values are stored: rows of blocks, each so many values in so many bytes. */
export interface TensorLayout {
  /** The type's number in a file. */
  id: number;
  /** Values of a block; a row is a whole number of blocks. */
  block: number;
  /** Bytes of a block. */
  bytes: number;
}

/** The types that are written and read here, by llama.cpp's names. */
export const tensorTypes = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q4_0: { id: 2, block: 32, bytes: 18 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
  BF16: { id: 30, block: 1, bytes: 2 },
} as const satisfies Record<string, TensorLayout>;

export type TensorType = keyof typeof tensorTypes;

/** A tensor as a file describes it. */
export interface GgufTensor {
  name: string;
  type: TensorType;
  /** Row-major, rows last but one; GGUF itself names the axes the other way round. */
  shape: readonly number[];
}

/** Bytes of a tensor's values. Throws where a row is no whole number of blocks. */
export function byteLength({ name, type, shape }: GgufTensor): number {
  const { block, bytes } = tensorTypes[type];
  const row = shape.at(-1) ?? 1;
  if (row % block !== 0)
    throw new Error(`${name}: a row of ${row} values is no whole number of ${type}'s blocks of ${block}`);
  return (shape.reduce((product, side) => product * side, 1) / block) * bytes;
}
