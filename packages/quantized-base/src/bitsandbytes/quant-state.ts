import { issueProblems, parseJson } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import type { FloatType } from '../code/decode';

const positive = z.int('a whole number').positive('a positive number');

/** The JSON that bitsandbytes stores with every 4-bit weight; nested_* only with double quantisation. */
const quantStateSchema = z
  .object({
    quant_type: z.literal('nf4', '"nf4": other 4-bit codes are not supported'),
    blocksize: positive.multipleOf(4, 'a multiple of 4'),
    dtype: z.enum(['float32', 'float16', 'bfloat16'], 'float32, float16 or bfloat16'),
    shape: z.array(positive).min(1),
    nested_blocksize: positive.optional(),
    nested_dtype: z.literal('float32', '"float32"').optional(),
    nested_offset: z.number('a number').optional(),
  })
  .refine((state) => (state.nested_blocksize === undefined) === (state.nested_offset === undefined), {
    message: 'nested_blocksize and nested_offset, both or neither',
  });

export interface QuantState {
  shape: number[];
  dtype: FloatType;
  blockSize: number;
  nested?: { blockSize: number; offset: number };
}

/** Reads the bytes of a `quant_state.bitsandbytes__nf4` tensor. Throws a UserError naming `place`. */
export function parseQuantState(bytes: Uint8Array, place: string): QuantState {
  const value = parseJson(new TextDecoder().decode(bytes), place);
  const { data, error } = quantStateSchema.safeParse(value);
  if (data === undefined) return fail(issueProblems(error, place, value));
  const { shape, dtype, blocksize, nested_blocksize: nestedSize, nested_offset: offset } = data;
  const nested =
    nestedSize === undefined || offset === undefined
      ? undefined
      : { blockSize: nestedSize, offset: Math.fround(offset) };
  return { shape, dtype, blockSize: blocksize, ...(nested && { nested }) };
}

/** The same JSON as Python's json.dumps writes it, byte for byte. */
export function formatQuantState({ shape, dtype, blockSize, nested }: QuantState): Uint8Array {
  const fields = [
    '"quant_type": "nf4"',
    `"blocksize": ${blockSize}`,
    `"dtype": "${dtype}"`,
    `"shape": [${shape.join(', ')}]`,
  ];
  if (nested !== undefined) {
    fields.push(`"nested_blocksize": ${nested.blockSize}`, '"nested_dtype": "float32"');
    fields.push(`"nested_offset": ${pythonFloat(nested.offset)}`);
  }
  return new TextEncoder().encode(`{${fields.join(', ')}}`);
}

/** Most bytes that {@link formatQuantState} gives for a weight of this shape: with the longest type, and the longest float32 that Python writes. */
export function longestQuantState(shape: readonly number[]): number {
  const nested = { blockSize: 4096, offset: -1.1754943508222875e-38 };
  return formatQuantState({ shape: [...shape], dtype: 'bfloat16', blockSize: 4096, nested }).length + 8;
}

/** A float as Python writes it: always with a point or an exponent, an exponent below 1e-4 and from 1e16 on, in two digits. */
export function pythonFloat(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
