/** What values of each type are in JavaScript. */
interface Scalars {
  uint8: number;
  int8: number;
  uint16: number;
  int16: number;
  uint32: number;
  int32: number;
  float32: number;
  bool: boolean;
  string: string;
  uint64: bigint;
  int64: bigint;
  float64: number;
}

export type ScalarType = keyof Scalars;

/** Numbers of the types in a file; 9 is a list. */
export const scalarTypes: Readonly<Record<ScalarType, number>> = {
  ...{ uint8: 0, int8: 1, uint16: 2, int16: 3, uint32: 4, int32: 5, float32: 6, bool: 7, string: 8 },
  ...{ uint64: 10, int64: 11, float64: 12 },
};
export const listType = 9;

export type ScalarOf<T extends ScalarType = ScalarType> = { [K in T]: { type: K; value: Scalars[K] } }[T];
export type ListOf<T extends ScalarType = ScalarType> = {
  [K in T]: { type: 'list'; of: K; values: readonly Scalars[K][] };
}[T];
/** A value of a GGUF file's metadata, with the type it is stored as. */
export type MetadataValue = ScalarOf | ListOf;

/** By key: lower-case words joined by `_` and `.`, such as `llama.block_count`. */
export type Metadata = Readonly<Record<string, MetadataValue>>;

export const uint32 = (value: number): MetadataValue => ({ type: 'uint32', value });
export const float32 = (value: number): MetadataValue => ({ type: 'float32', value });
export const bool = (value: boolean): MetadataValue => ({ type: 'bool', value });
export const string = (value: string): MetadataValue => ({ type: 'string', value });
export const strings = (values: readonly string[]): MetadataValue => ({ type: 'list', of: 'string', values });
export const int32s = (values: readonly number[]): MetadataValue => ({ type: 'list', of: 'int32', values });
export const float32s = (values: readonly number[]): MetadataValue => ({ type: 'list', of: 'float32', values });
