import { isNative, type tf } from '@moslora/runtime';
import { DT } from '../execution/binding';
import { full, runKernel } from '../execution/kernel-op';
import { narrowOnly, nativeBackend, ownHandle, widened } from '../execution/storage';
import { hasKernel } from '../native/kernels-addon';
import { fusedSum } from '../sum/sum';
import type { AdamwMoments, AdamwSettings } from './adamw';

/** Whether {@link adamwInPlace} runs here: the op writes to memory of this process, which on a GPU would be a copy. */
export function updatesInPlace(): boolean {
  return hasKernel('MosloraAdamW') && !nativeBackend().isUsingGpuDevice;
}

/** Gives variables memory that nobody else sees, as {@link adamwInPlace} needs it and would do at its first call. */
export function ownMemory(variables: readonly tf.Variable[]): void {
  for (const variable of variables) ownHandle(variable, copyOf);
}

const copyOf = (variable: tf.Variable): tf.Tensor => fusedSum([variable]);

/** A gradient in float32, so that sums of several are not rounded; takes `gradient` over, and mostly gives it back. */
export function exactGradient(gradient: tf.Tensor): tf.Tensor {
  if (!isNative() || !narrowOnly(gradient)) return gradient;
  const wide = widened(gradient);
  gradient.dispose();
  return wide;
}

/**
 * {@link adamwStep} for many parameters as one op, which writes to the memory of parameters and moments: it takes none of its own. The lists are
 * in one order. Throws an error naming the op and the shapes where a gradient or a moment is not of its parameter's shape.
 */
export function adamwInPlace(
  parameters: readonly tf.Variable[],
  gradients: readonly tf.Tensor[],
  moments: readonly AdamwMoments[],
  { learningRate, betas, epsilon, weightDecay, step, gradientScale = 1 }: AdamwSettings,
): void {
  if (parameters.length === 0) return;
  const { binding } = nativeBackend();
  const [beta1, beta2] = betas;
  const settings = [
    ...[beta1, 1 - beta1, beta2, 1 - beta2, 1 - learningRate * weightDecay],
    ...[learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step), epsilon],
  ];
  const own = (variable: tf.Variable) => ({ id: ownHandle(variable, copyOf), type: DT.float32 });
  const first = moments.map((pair) => own(pair.first));
  const second = moments.map((pair) => own(pair.second));
  const arrays = [...parameters.map(own), ...gradients.map((gradient) => full(gradient)), ...first, ...second];
  const upload = (values: number[]) => ({
    id: binding.createTensor([values.length], DT.float32, Float32Array.from(values)),
    type: DT.float32,
  });
  const made = [upload(settings), ...(typeof gradientScale === 'number' ? [upload([gradientScale])] : [])];
  const scale = typeof gradientScale === 'number' ? [] : [full(gradientScale)];
  try {
    runKernel('MosloraAdamW', { N: parameters.length }, [...arrays, ...made, ...scale], 0);
  } finally {
    for (const { id } of made) binding.deleteTensor(id);
  }
}
