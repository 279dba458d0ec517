import { tf } from '@moslora/runtime';
import { isLowOnly } from '../execution/storage';
import { wrapKernel } from '../execution/wrap-kernel';
import { hasKernel } from '../native/kernels-addon';
import { fusedSum } from './sum';

/**
 * Lets tfjs's own add and addN of tensors of one shape read those held in bfloat16 alone as they are, instead of making float32 first. Of two
 * gradients of one tensor, which its backward pass adds up, it frees the first and forgets the second until the end of that pass: it is freed
 * here.
 */
export function keepLowSums(): void {
  wrapKernel('Add', ({ inputs }) => {
    const [first, second] = [inputs['a'], inputs['b']] as [tf.Tensor, tf.Tensor];
    const sum = summed([first, second]);
    if (sum && first !== second && isSpentGradient(second)) second.dispose();
    return sum;
  });
  wrapKernel('AddN', ({ inputs }) => summed(inputs as unknown as tf.Tensor[]));
}

function summed(tensors: readonly tf.Tensor[]): tf.Tensor | undefined {
  const [first] = tensors as readonly [tf.Tensor];
  const worth = tensors.some((tensor) => isLowOnly(tensor) || isSpentGradient(tensor));
  if (!worth || !hasKernel('MosloraSum')) return undefined;
  const alike = tensors.every(({ shape, dtype }) => dtype === 'float32' && shape.join() === first.shape.join());
  return alike ? fusedSum(tensors) : undefined;
}

/** Whether it is the backward pass itself that calls, no op's gradient: those have scopes of their own. */
function isSpentGradient({ scopeId, kept }: tf.Tensor): boolean {
  const { activeScope, gradientDepth } = tf.engine().state;
  return gradientDepth === 0 && activeScope?.name === 'backward' && scopeId === activeScope.id && !kept;
}
