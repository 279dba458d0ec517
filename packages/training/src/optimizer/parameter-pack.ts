import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';

/** Parameters of one group laid end to end, so that an optimiser step costs a dozen ops instead of a dozen per tensor. */
export class ParameterPack {
  readonly size: number;
  private readonly sizes: number[];

  constructor(readonly parameters: readonly Parameter[]) {
    this.sizes = parameters.map(({ value }) => value.size);
    this.size = this.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Values or gradients of the parameters as one vector // (size) */
  flatten(tensors: readonly tf.Tensor[]): tf.Tensor1D {
    return tf.tidy(() => tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D)));
  }

  /** The parameters' values as one vector // (size) */
  values(): tf.Tensor1D {
    return this.flatten(this.parameters.map(({ value }) => value));
  }

  /** Writes a vector back into the parameters. */
  assign(flat: tf.Tensor1D): void {
    tf.tidy(() => {
      const pieces = this.parameters.length === 1 ? [flat] : tf.split(flat, this.sizes);
      this.parameters.forEach(({ value }, index) => value.assign(tf.reshape(pieces[index] as tf.Tensor, value.shape)));
    });
  }

  /** Cuts a vector's data into one array per parameter, by name. */
  split(data: Float32Array): Map<string, Float32Array> {
    let offset = 0;
    return new Map(
      this.parameters.map(({ name }, index) => {
        const start = offset;
        offset += this.sizes[index] as number;
        return [name, data.subarray(start, offset)];
      }),
    );
  }
}
