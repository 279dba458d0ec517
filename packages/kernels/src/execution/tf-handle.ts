import { tf } from '@moslora/runtime';

/** A tensor on TensorFlow's side that tfjs does not track: a constant of ours, or a `Raw` of the runtime. */
export interface TfHandle {
  readonly id: number;
  readonly shape: number[];
}

export function isTfHandle(value: tf.Tensor | TfHandle): value is TfHandle {
  return !(value instanceof tf.Tensor);
}
