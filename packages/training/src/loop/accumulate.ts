import { tf } from '@moslora/runtime';
import type { BatchSource } from '../batch-source';
import { gradientsOf } from '../optimizer/gradients';
import type { Trainable } from '../trainable';

/** The sums over one optimiser step's micro-batches; divide by `tokens` for the mean. */
export interface StepSums {
  /** Float32, by the names of the parameters that had one. */
  gradients: Map<string, tf.Tensor>;
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
  step: number,
): Promise<StepSums> {
  const gradients = new Map<string, tf.Tensor>();
  let loss = 0;
  let tokens = 0;
  for (let start = 0, microStep = 0; start < indices.length; start += batchSize, microStep++) {
    const batch = await source.batch(indices.slice(start, start + batchSize));
    const pass = gradientsOf(trainable, batch, { step, microStep });
    for (const [name, gradient] of pass.gradients) addTo(gradients, name, gradient);
    loss += pass.loss.dataSync()[0] as number;
    tokens += pass.tokens;
    pass.loss.dispose();
    source.dispose?.(batch);
  }
  return { gradients, loss, tokens };
}

/** Adds a gradient, which is freed, to the sum of those before it; a sum is freed when it has grown. */
function addTo(sums: Map<string, tf.Tensor>, name: string, gradient: tf.Tensor): void {
  const total = sums.get(name);
  sums.set(name, total === undefined ? gradient : tf.add(gradient, total));
  if (total !== undefined) tf.dispose([total, gradient]);
}
