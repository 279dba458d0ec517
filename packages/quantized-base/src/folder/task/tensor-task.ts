import type { Dtype, TensorPlace } from '@moslora/checkpoint';
import type { FloatType } from '../../code/decode';

/** A stored tensor to be read: where its bytes lie in a file, or what makes them. */
export interface TensorInput {
  /** File and tensor, for error messages. */
  label: string;
  dtype: Dtype;
  shape: readonly number[];
  from: TensorPlace | (() => Uint8Array);
}

/** Bytes as they are. */
export interface CopyTask {
  kind: 'copy';
  input: TensorInput;
  to: TensorPlace;
}

/** Floats in another type. */
export interface NarrowTask {
  kind: 'narrow';
  input: TensorInput;
  dtype: FloatType;
  to: TensorPlace;
}

/** A weight to 4 bits. */
export interface Nf4Task {
  kind: 'nf4';
  input: TensorInput;
  /** What the quantisation state says the weight was. */
  dtype: FloatType;
  packed: TensorPlace;
  absmax: TensorPlace;
  quantMap: TensorPlace;
  /** Given for double quantisation. */
  nested?: { absmax: TensorPlace; quantMap: TensorPlace } | undefined;
}

/** What is to be done with one tensor; plain data, so that a worker thread can be told, unless its input is made. Places to write to lie in files that are there. */
export type TensorTask = CopyTask | NarrowTask | Nf4Task;

/** What came of a task: nothing for copies; for 4 bits the offset of double quantisation, and the error. */
export interface TaskOutcome {
  offset?: number;
  /** Σ(ŵ - w)² and Σw². */
  squaredError?: number;
  squares?: number;
}
