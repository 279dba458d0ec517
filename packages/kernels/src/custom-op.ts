import { tf } from '@moslora/runtime';
import type { Compute } from './execution/compute';

/** What the forward pass of an op gives back: its value, and the gradients of its inputs in their order. */
export interface CustomOp<T extends tf.Tensor> {
  value: T;
  /** `saved` are the tensors given to `save`, in their order. One gradient per input. */
  gradient(dy: T, saved: tf.Tensor[]): tf.Tensor[];
}

/**
 * An op with its own gradient (`tf.customGrad`), with what tfjs leaves to the caller: when its gradient has been computed, the
 * temporaries, what was saved and the incoming gradient are freed at once and not with the whole backward pass. A gradient is
 * computed for every tensor in `inputs`, wanted or not: close over frozen tensors instead.
 */
export function customOp<T extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: (save: (tensors: tf.Tensor[]) => void) => CustomOp<T>,
): T {
  const op = tf.customGrad((...parameters: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = parameters[parameters.length - 1] as tf.GradSaveFunc;
    const { value, gradient } = forward(save);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const gradients = tf.tidy(() => gradient(dy as T, saved).map((dx) => (dx === dy ? tf.clone(dx) : dx)));
      freeSpent(dy, saved);
      return gradients;
    };
    return { value, gradFunc };
  });
  return op(...inputs) as T;
}

/** Frees what no later step of the backward pass can ask for: a gradient that came from elsewhere, as a caller's dy, stays. */
function freeSpent(dy: tf.Tensor, saved: tf.Tensor[]): void {
  const { activeScope, gradientDepth } = tf.engine().state;
  if (gradientDepth > 0) return;
  tf.dispose(saved);
  if (activeScope !== null && dy.scopeId === activeScope.id && !dy.kept) dy.dispose();
}

/** Inside the forward pass of a {@link customOp}: whether what it saves will be used, that is, whether a gradient is being taken. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 1;
}

/** x as an op saves it: of its own, so that float32 values are not saved in bfloat16. x itself where nothing will be saved. */
export function toSave(compute: Pick<Compute, 'enter'>, x: tf.Tensor): tf.Tensor {
  return isRecording() ? compute.enter(x) : x;
}

/** fn() as something that nothing before learns from: no gradient flows through it, and nothing is kept for one. */
export function withoutGradient<R>(fn: () => R): R {
  const { state } = tf.engine();
  state.kernelDepth++;
  try {
    return fn();
  } finally {
    state.kernelDepth--;
  }
}

/** Whether a gradient is wanted by default: only variables learn. */
export function isTrainable(tensor: tf.Tensor): boolean {
  return tensor instanceof tf.Variable && tensor.trainable;
}

/** x (..., D) as (N, D), with N the product of the leading sizes; the very same tensor where it has two axes. */
export function asRows(x: tf.Tensor): tf.Tensor2D {
  return x.rank === 2 ? (x as tf.Tensor2D) : tf.reshape(x, [-1, x.shape[x.rank - 1] as number]);
}

/** The size of the last axis. */
export function lastSize(x: tf.Tensor): number {
  return x.shape[x.rank - 1] as number;
}
