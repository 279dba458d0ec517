import { tf } from '@moslora/runtime';

const BACKEND = 'tensorflow';

/** What a kernel of tfjs is called with: its inputs by name (or in a list), and its attributes. */
export interface KernelCall {
  inputs: tf.NamedTensorInfoMap;
  attrs?: tf.NamedAttrMap;
}

/** Puts `instead` before the native backend's kernel of that name, which still runs where `instead` gives nothing. */
export function wrapKernel(kernelName: string, instead: (call: KernelCall) => tf.Tensor | undefined): void {
  const original = tf.getKernel(kernelName, BACKEND);
  tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    ...original,
    kernelFunc: (call) => instead(call as KernelCall) ?? original.kernelFunc(call),
  });
}
