import { exactGradient } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import type { StepContext, Trainable } from '../trainable';

/**
 * What one forward and backward pass gives. Gradients are of the summed loss, float32, by the names of the parameters that the loss depends on;
 * the caller disposes them.
 */
export interface PassResult {
  loss: tf.Scalar;
  tokens: number;
  gradients: Map<string, tf.Tensor>;
}

/** Forward and backward over one batch. */
export function gradientsOf<Batch>(trainable: Trainable<Batch>, batch: Batch, context: StepContext): PassResult {
  const parameters = trainable.parameters();
  let tokens = 0;
  const { value, grads } = tf.variableGrads(
    () => {
      const result = trainable.lossSum(batch, context);
      tokens = result.tokens;
      return result.loss;
    },
    parameters.map((parameter) => parameter.value),
  );
  const gradients = new Map<string, tf.Tensor>();
  for (const { name, value: variable } of parameters) {
    const gradient = grads[variable.name];
    if (gradient) gradients.set(name, exactGradient(gradient));
  }
  return { loss: value, tokens, gradients };
}
