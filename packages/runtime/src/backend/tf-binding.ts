import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** A value on TensorFlow's side: handle, shape and the number of its data type. */
export interface TfTensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** One attribute of a TensorFlow op, as the addon takes it. */
export interface TfAttribute {
  name: string;
  type: number;
  value: boolean | number | string | readonly number[] | readonly boolean[];
}

/** tfjs-node's addon. Values are handles (small integers) into a map of eager tensors. */
export interface TfBinding {
  readonly TF_Version: string;
  createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView | readonly Uint8Array[]): number;
  deleteTensor(id: number): void;
  /** Copies a float32, int32, int64, bool or complex64 tensor out. Throws for every other type. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array | BigInt64Array;
  executeOp(
    op: string,
    attributes: readonly TfAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TfTensorMetadata[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
}

/** What tfjs needs to know of a tensor that goes into an op. */
export type TensorInput = Pick<TensorInfo, 'dataId' | 'shape'> & { dtype: DataType };
