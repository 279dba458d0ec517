import type { FrozenBase } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { rescaleRows } from './rescale-rows';
import { rowSquares, updatedRowNorms } from './row-norms';

/** B, D = M A and s of an adapter. */
interface Update {
  b: tf.Tensor2D;
  down: tf.Tensor2D;
  scale: number;
}

/** DoRA's learning magnitudes m (out) over a frozen weight, whose rows' squares are computed once. */
export class Magnitude {
  readonly value: tf.Variable<tf.Rank.R1>;
  /** ‖Wᵢ‖² (out). */
  private readonly squares: tf.Tensor1D;

  constructor(
    values: Float32Array,
    private readonly base: FrozenBase,
  ) {
    const initial = tf.tensor1d(values);
    this.value = tf.variable(initial, true);
    initial.dispose();
    const weight = base.weight();
    this.squares = tf.keep(rowSquares(weight));
    weight.dispose();
  }

  /** z · m / ‖W + s B D‖, where z (..., out) is what the layer computes without bias. `update` is called off the tape. */
  rescale(z: tf.Tensor, update: () => Update): tf.Tensor {
    return rescaleRows(z, this.value as tf.Tensor1D, () => updatedRowNorms(this.base, this.squares, update()));
  }

  dispose(): void {
    tf.dispose([this.value, this.squares]);
  }
}

/** V · m / ‖V‖ by rows, V (out, in) = W + ΔW: the weight that DoRA stands for. */
export function withMagnitude(weight: tf.Tensor2D, magnitude: tf.Tensor1D): tf.Tensor2D {
  return tf.tidy(() => {
    const factor = tf.div(magnitude, tf.sqrt(rowSquares(weight)));
    return tf.mul(weight, tf.reshape(factor, [-1, 1])) as tf.Tensor2D;
  });
}
