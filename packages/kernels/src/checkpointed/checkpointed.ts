import { tf } from '@moslora/runtime';
import { customOp } from '../custom-op';

/**
 * fn(...inputs) without keeping what its backward pass needs: the gradient runs `fn` again on the saved inputs and goes back
 * through it (Chen et al. 2016). `fn` must give the same value each time it is called, and must use no learning variable that is not
 * in `parameters`. Gradients equal those of fn(...inputs) to the last bit; all of `inputs` and `parameters` get one.
 */
export function checkpointed<T extends tf.Tensor>(
  fn: (...inputs: tf.Tensor[]) => T,
  inputs: readonly tf.Tensor[],
  parameters: readonly tf.Variable[] = [],
): T {
  return customOp([...inputs, ...parameters], (save) => {
    save([...inputs]);
    return {
      value: fn(...inputs),
      gradient: (dy, saved) => {
        const sources = [...saved, ...parameters];
        const { value, grads } = keepingTape(() => tf.engine().gradients(() => fn(...saved), sources, dy, true));
        value.dispose();
        return sources.map((source, i) => (grads[i] as tf.Tensor | undefined) ?? tf.zerosLike(source));
      },
    };
  });
}

/** tfjs drops the tape of the outer gradient when an inner one ends; this puts it back. */
function keepingTape<T>(run: () => T): T {
  const { state } = tf.engine();
  const outer = state.activeTape;
  try {
    return run();
  } finally {
    state.activeTape = outer;
  }
}
