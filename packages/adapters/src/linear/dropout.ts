import { attr, isNative, Rng, rawTensor, tf } from '@moslora/runtime';

/** Where training is: what dropout's random numbers are derived from. */
export interface StepContext {
  /** Optimiser step, from 0. */
  step: number;
  /** Forward pass within the step, from 0. */
  microStep: number;
}

/**
 * Dropout on the input of A for all adapters of a set. Masks are a function of seed, step and module and of nothing else: a forward
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

  /**
   * (rows, width) with 0 for the dropped elements and 1 / (1 - p) for the others; undefined where nothing is dropped.
   */
  mask(module: string, rows: number, width: number): tf.Tensor2D | undefined {
    const p = this.probability;
    if (!this.isActive()) return undefined;
    if (this.context === undefined) {
      throw new Error(
        'adapters with dropout must be told the step: call beginStep() of the adapter set before each forward pass',
      );
    }
    const { step, microStep } = this.context;
    const rng = new Rng(this.seed, 'dropout', module, step, microStep);
    return tf.tidy(() => tf.mul(tf.cast(tf.greaterEqual(uniform(rng, rows, width), p), 'float32'), 1 / (1 - p)));
  }
}

/** (rows, width) uniform in [0, 1): by TensorFlow's counter-based generator where there is one. */
function uniform(rng: Rng, rows: number, width: number): tf.Tensor2D {
  if (!isNative()) return tf.tensor2d(rng.uniformArray(rows * width), [rows, width]);
  const shape = tf.tensor1d([rows, width], 'int32');
  const seed = tf.tensor1d([rng.bits() | 0, rng.bits() | 0], 'int32');
  const types = [attr.type('dtype', 'float32'), attr.type('T', 'int32'), attr.type('Tseed', 'int32')];
  return rawTensor('StatelessRandomUniform', types, [shape, seed]) as tf.Tensor2D;
}
