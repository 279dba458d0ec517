import { Rng, tf } from '@moslora/runtime';

export interface FiniteDifferenceOptions {
  /** Half the distance between the two points; float32 wants about 1e-2 for values of about 1. */
  step?: number;
  /** Largest |gradient - difference| / max(1, |gradient|, |difference|) that passes. */
  tolerance?: number;
  /** Elements tried per input, drawn at random; all when it has fewer. */
  samples?: number;
}

/**
 * Compares tf.grads of L(x1, …) = sum(w * fn(x1, …)), w fixed and random, with (L(x + h e) - L(x - h e)) / 2h at some
 * elements of each input. Throws naming the worst element when it is beyond the tolerance; returns the worst error.
 */
export function finiteDifferenceCheck(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { step = 1e-2, tolerance = 1e-2, samples = 24 }: FiniteDifferenceOptions = {},
): number {
  const rng = new Rng('finite differences');
  const weights = tf.tidy(() => fn(...inputs).shape);
  const w = tf.tensor(rng.normalArray(weights.reduce((a, b) => a * b, 1)), weights);
  const gradients = tf.grads((...xs: tf.Tensor[]) => tf.sum(tf.mul(fn(...xs), w)))([...inputs]);
  let worst = { error: -1, text: '' };
  inputs.forEach((input, which) => {
    const gradient = gradients[which]!.dataSync();
    for (const at of rng.shuffle([...Array(input.size).keys()]).slice(0, samples)) {
      const difference =
        (lossAt(fn, inputs, w, which, at, step) - lossAt(fn, inputs, w, which, at, -step)) / (2 * step);
      const got = gradient[at]!;
      const error = Math.abs(got - difference) / Math.max(1, Math.abs(got), Math.abs(difference));
      const text = `input ${which}, element ${at}: gradient ${got}, finite difference ${difference}`;
      if (!(error <= worst.error)) worst = { error, text };
    }
  });
  tf.dispose([w, ...gradients]);
  if (!(worst.error <= tolerance)) throw new Error(`the gradient is wrong at ${worst.text} (tolerance ${tolerance})`);
  return worst.error;
}

/** L with element `at` of input `which` moved, summed in double precision. */
function lossAt(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  w: tf.Tensor,
  which: number,
  at: number,
  by: number,
): number {
  return tf.tidy(() => {
    const moved = inputs.map((input, index) => {
      if (index !== which) return input;
      const data = Float32Array.from(input.dataSync());
      data[at]! += by;
      return tf.tensor(data, input.shape);
    });
    const terms = tf.mul(fn(...moved), w).dataSync<'float32'>();
    return terms.reduce((sum, term) => sum + term, 0);
  });
}
