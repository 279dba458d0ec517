import { tf } from '@moslora/runtime';
import type { BatchSource } from '../batch-source';
import type { AdamW } from '../optimizer/adamw';
import { gradientsOf } from '../optimizer/gradients';
import type { Trainable } from '../trainable';

/** The sums over one optimiser step's micro-batches; divide by `tokens` for the mean. */
export interface StepSums {
  flatGradients: tf.Tensor1D[];
  loss: number;
  tokens: number;
}

/**
 * Gradients of the summed loss over `indices`, `batchSize` samples at a time. Dividing the sums by all label tokens at the end makes
 * accumulation equal the big batch, also where micro-batches hold different numbers of tokens.
 */
export async function accumulate<Batch>(
  trainable: Trainable<Batch>,
  source: BatchSource<Batch>,
  indices: readonly number[],
  batchSize: number,
  optimizer: AdamW,
  step: number,
): Promise<StepSums> {
  let total: tf.Tensor1D[] | undefined;
  let loss = 0;
  let tokens = 0;
  for (let start = 0, microStep = 0; start < indices.length; start += batchSize, microStep++) {
    const batch = await source.batch(indices.slice(start, start + batchSize));
    const pass = gradientsOf(trainable, batch, { step, microStep });
    const flat = optimizer.flatten(pass.gradients);
    const previous = total;
    total =
      previous === undefined
        ? flat
        : flat.map((vector, index) => tf.add<tf.Tensor1D>(vector, previous[index] as tf.Tensor1D));
    if (previous !== undefined) tf.dispose([flat, previous]);
    loss += pass.loss.dataSync()[0] as number;
    tokens += pass.tokens;
    tf.dispose([pass.loss, ...pass.gradients.values()]);
    source.dispose?.(batch);
  }
  return { flatGradients: total ?? [], loss, tokens };
}
