import type { Parameter } from '@moslora/nn';
import type { tf } from '@moslora/runtime';

/** What the loop tells a model about where it is, so that dropout and the like can be derived instead of remembered. */
export interface StepContext {
  /** Optimiser step, from 0. */
  step: number;
  /** Forward pass within the step, from 0. */
  microStep: number;
}

/** The only face a model shows to the loop. */
export interface Trainable<Batch> {
  /** Everything that learns. Frozen weights do not appear here and get no gradient. */
  parameters(): Parameter[];
  /**
   * The summed (not mean) loss over the batch's label tokens, differentiable in `parameters()`, with the number of those tokens.
   * Sums add up over micro-batches, so that accumulation equals the big batch: Σ loss / Σ tokens.
   */
  lossSum(batch: Batch, context: StepContext): { loss: tf.Scalar; tokens: number };
}
