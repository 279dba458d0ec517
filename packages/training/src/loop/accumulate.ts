import { tf } from '@moslora/runtime';
import type { BatchSource } from '../batch-source';
import type { AdamW, GroupGradients } from '../optimizer/adamw';
import { gradientsOf } from '../optimizer/gradients';
import type { Trainable } from '../trainable';

/** The sums over one optimiser step's micro-batches; divide by `tokens` for the mean. */
export interface StepSums {
  gradients: GroupGradients;
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
  let total: GroupGradients | undefined;
  let loss = 0;
  let tokens = 0;
  for (let start = 0, microStep = 0; start < indices.length; start += batchSize, microStep++) {
    const batch = await source.batch(indices.slice(start, start + batchSize));
    const pass = gradientsOf(trainable, batch, { step, microStep });
    const gradients = optimizer.collect(pass.gradients);
    total =
      total === undefined ? gradients : total.map((group, index) => added(group, gradients[index] as tf.Tensor[]));
    loss += pass.loss.dataSync()[0] as number;
    tokens += pass.tokens;
    pass.loss.dispose();
    source.dispose?.(batch);
  }
  return { gradients: total ?? [], loss, tokens };
}

/** Sums of two lists, whose tensors are freed one by one as they are added. */
function added(totals: readonly tf.Tensor[], more: readonly tf.Tensor[]): tf.Tensor[] {
  return totals.map((total, index) => {
    const other = more[index] as tf.Tensor;
    const sum = tf.add(other, total);
    tf.dispose([total, other]);
    return sum;
  });
}
