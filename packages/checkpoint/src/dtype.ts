/** Element types of a safetensors file that are read and written here, by their name in the header. */
export const dtypes = ['F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'I16', 'I8', 'U8', 'BOOL'] as const;
export type Dtype = (typeof dtypes)[number];

/** Element types that the format has besides, and that are refused by name. */
export const foreignDtypes = 'U16 U32 U64 F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ F6_E2M3 F6_E3M2 F4 C64'.split(
  ' ',
);

const sizes: Record<Dtype, number> = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 };

/** Bytes of one element. */
export function bytesPerElement(dtype: Dtype): number {
  return sizes[dtype];
}

export function isDtype(name: unknown): name is Dtype {
  return (dtypes as readonly unknown[]).includes(name);
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
