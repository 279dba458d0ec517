import { tf } from '@moslora/runtime';
import type { ValidationExample, ValidationSettings } from '@moslora/specs';
import type { BatchSource } from '../batch-source';
import type { Trainable } from '../trainable';

/** Data that a run does not learn from, and what is asked of it. */
export interface Validation<Batch> {
  source: BatchSource<Batch>;
  settings: ValidationSettings;
  /** What the model answers now, to be read by people; written to validation.jsonl as it is. */
  examples?(): Promise<ValidationExample[]>;
}

/** Mean loss per label token over a whole source, in its own order, without gradients and so without dropout. */
export async function meanLoss<Batch>(
  trainable: Trainable<Batch>,
  source: BatchSource<Batch>,
  batchSize: number,
  step: number,
): Promise<{ loss: number; tokens: number }> {
  let [loss, tokens] = [0, 0];
  for (let start = 0, microStep = 0; start < source.size; start += batchSize, microStep++) {
    const length = Math.min(batchSize, source.size - start);
    const indices = Array.from({ length }, (_, i) => start + i);
    const batch = await source.batch(indices);
    tf.tidy(() => {
      const sum = trainable.lossSum(batch, { step, microStep });
      loss += sum.loss.dataSync()[0] as number;
      tokens += sum.tokens;
    });
    source.dispose?.(batch);
  }
  return { loss: loss / tokens, tokens };
}
