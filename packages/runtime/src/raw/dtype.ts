/** Data types by TensorFlow's numbers (tensorflow/c/tf_datatype.h). */
const codes = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  float16: 19,
  resource: 20,
  variant: 21,
  uint32: 22,
  uint64: 23,
  float8_e5m2: 24,
  float8_e4m3fn: 25,
  int4: 29,
  uint4: 30,
} as const;

export type RawDtype = keyof typeof codes;

const names = new Map<number, RawDtype>(Object.entries(codes).map(([name, code]) => [code, name as RawDtype]));

/** TensorFlow's number of a data type. */
export function dtypeCode(dtype: RawDtype): number {
  return codes[dtype];
}

/** The data type of a TensorFlow number; throws for one that is not listed here. */
export function dtypeName(code: number): RawDtype {
  const name = names.get(code);
  if (name === undefined) throw new Error(`TensorFlow data type ${code} is not known here`);
  return name;
}

/** Bytes per element; 0 for types without a fixed size. */
export function dtypeBytes(dtype: RawDtype): number {
  if (/64$/.test(dtype)) return 8;
  if (/32$/.test(dtype)) return 4;
  if (/16$/.test(dtype)) return 2;
  return ['string', 'resource', 'variant'].includes(dtype) ? 0 : 1;
}
