import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';

/**
 * An exponential moving average of parameters: a ← d a + (1 - d) p after every update, with d = min(decay, (1 + n) / (10 + n)) after n updates,
 * so that the start is soon forgotten. It starts as a copy of them.
 */
export class MovingAverage {
  private readonly held: tf.Variable[];

  constructor(
    private readonly parameters: readonly Parameter[],
    private readonly decay: number,
  ) {
    this.held = parameters.map(({ value }) =>
      tf.tidy(() => tf.variable(tf.tensor(value.dataSync<'float32'>().slice(), value.shape))),
    );
  }

  /** Takes in the parameters' present values. @param updates made so far, this one included */
  update(updates: number): void {
    const d = Math.min(this.decay, (1 + updates) / (10 + updates));
    tf.tidy(() => {
      this.parameters.forEach(({ value }, i) => {
        const held = this.held[i]!;
        held.assign(tf.add(tf.mul(held, d), tf.mul(value, 1 - d)));
      });
    });
  }

  /** Lets the parameters hold the averages during `work`, and their own values again after it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const own = this.parameters.map(({ value }) => tf.clone(value));
    this.apply();
    try {
      return await work();
    } finally {
      this.parameters.forEach(({ value }, i) => value.assign(own[i]!));
      tf.dispose(own);
    }
  }

  /** Gives the parameters the averages. */
  apply(): void {
    this.parameters.forEach(({ value }, i) => value.assign(this.held[i]!));
  }

  values(): Map<string, Float32Array> {
    return new Map(this.parameters.map(({ name }, i) => [name, this.held[i]!.dataSync<'float32'>()]));
  }

  /** The averages as parameters, to be read and written under their names. */
  named(): Parameter[] {
    return this.parameters.map(({ name, group }, i) => ({ name, group, value: this.held[i]! }));
  }

  dispose(): void {
    tf.dispose(this.held);
  }
}
