import type * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from '../backend/native';
import type { TfTensorMetadata } from '../backend/tf-binding';
import { dtypeBytes, dtypeCode, dtypeName, type RawDtype } from './dtype';
import { adopt, release } from './raw-scope';

/** Data types that tfjs has as well. */
const shared: readonly RawDtype[] = ['float32', 'int32', 'bool'];

const listeners: ((handle: number) => void)[] = [];

/** Calls `listener` with the handle of every raw value that is disposed from now on. */
export function onRawDisposed(listener: (handle: number) => void): void {
  listeners.push(listener);
}

let live = 0;

/** How many Raw values are neither disposed nor handed over; for leak checks. */
export function liveRawCount(): number {
  return live;
}

/**
 * A value that lives on TensorFlow's side only, of any data type. tf.tidy does not see it: dispose() it, make it inside
 * rawScope(), or hand it to tfjs with toTensor().
 */
export class Raw {
  readonly shape: readonly number[];
  readonly dtype: RawDtype;
  private handle: number | undefined;

  constructor(metadata: TfTensorMetadata) {
    this.handle = metadata.id;
    this.shape = metadata.shape;
    this.dtype = dtypeName(metadata.dtype);
    live++;
    adopt(this);
  }

  /** TensorFlow's handle. Throws once disposed or handed over. */
  get id(): number {
    if (this.handle === undefined) throw new Error(`this raw ${this.dtype} [${this.shape.join(', ')}] is disposed`);
    return this.handle;
  }

  get isDisposed(): boolean {
    return this.handle === undefined;
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, side) => product * side, 1);
  }

  get byteLength(): number {
    return this.size * dtypeBytes(this.dtype);
  }

  /** Frees the value; harmless when called again. */
  dispose(): void {
    if (this.handle === undefined) return;
    nativeBackend().binding.deleteTensor(this.handle);
    for (const listener of listeners) listener(this.handle);
    this.forget();
  }

  /** A tracked tfjs tensor that takes over this value without a copy. Only for float32, int32 and bool: cast others first. */
  toTensor(): tf.Tensor {
    if (!shared.includes(this.dtype))
      throw new Error(`tfjs has no ${this.dtype}: cast() to ${shared.join(', ')} first`);
    return nativeBackend().createOutputTensor(this.handOver());
  }

  /** Gives the handle away, with the duty to delete it: for code that keeps tensors of types that tfjs does not have. */
  handOver(): { id: number; shape: number[]; dtype: number } {
    const metadata = { id: this.id, shape: [...this.shape], dtype: dtypeCode(this.dtype) };
    this.forget();
    return metadata;
  }

  private forget(): void {
    this.handle = undefined;
    live--;
    release(this);
  }
}
