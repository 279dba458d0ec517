import type { tf } from '@moslora/runtime';
import { isLowOnly } from '../execution/storage';
import { wrapKernel } from '../execution/wrap-kernel';
import { hasKernel } from '../native/kernels-addon';
import { fusedSum } from './sum';

/** Lets tfjs's own add and addN of tensors of one shape read those held in bfloat16 alone as they are, instead of making float32 first. */
export function keepLowSums(): void {
  wrapKernel('Add', ({ inputs }) => summed([inputs['a'], inputs['b']] as tf.Tensor[]));
  wrapKernel('AddN', ({ inputs }) => summed(inputs as unknown as tf.Tensor[]));
}

function summed(tensors: readonly tf.Tensor[]): tf.Tensor | undefined {
  const [first] = tensors as readonly [tf.Tensor];
  if (!tensors.some((tensor) => isLowOnly(tensor)) || !hasKernel('MosloraSum')) return undefined;
  const alike = tensors.every(({ shape, dtype }) => dtype === 'float32' && shape.join() === first.shape.join());
  return alike ? fusedSum(tensors) : undefined;
}
