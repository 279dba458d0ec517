import type { Dropped } from '@moslora/kernels';
import { Rng, tf } from '@moslora/runtime';

/** Where training is: what dropout's random numbers are derived from. */
export interface StepContext {
  /** Optimiser step, from 0. */
  step: number;
  /** Forward pass within the step, from 0. */
  microStep: number;
}

/**
 * Dropout on the input of A for all adapters of a set. What is dropped is a function of seed, step and module and of nothing else: a forward
 * pass that is computed again for its gradient drops the same elements, and so does a resumed run.
 */
export class Dropout {
  private context: StepContext | undefined;

  constructor(
    readonly probability: number,
    private readonly seed: string,
  ) {}

  /** Says which step the next forward passes belong to. */
  begin(context: StepContext): void {
    this.context = { ...context };
  }

  /** Whether elements are dropped now: with p > 0, while a gradient is computed; not in validation and generation. */
  isActive(): boolean {
    return this.probability > 0 && tf.engine().state.gradientDepth > 0;
  }

  /** What a module drops now; undefined where nothing is dropped. */
  draw(module: string): Dropped | undefined {
    if (!this.isActive()) return undefined;
    if (this.context === undefined) {
      throw new Error(
        'adapters with dropout must be told the step: call beginStep() of the adapter set before each forward pass',
      );
    }
    const { step, microStep } = this.context;
    return { probability: this.probability, seed: new Rng(this.seed, 'dropout', module, step, microStep).bits() };
  }
}
