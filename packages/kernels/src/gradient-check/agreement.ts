import { Rng, tf } from '@moslora/runtime';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** A tensor of standard normal values, the same for the same seed. */
export function normalTensor<T extends tf.Tensor>(seed: string, shape: number[], std = 1): T {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(new Rng(seed).normalArray(size, 0, std), shape) as T;
}

/** max |a - b| / max |b|. */
export function relativeError(a: tf.Tensor, b: tf.Tensor): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`shapes differ: ${a.shape.join()} and ${b.shape.join()}`);
  return tf.tidy(() => {
    const difference = tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;
    return difference / Math.max(tf.max(tf.abs(b)).dataSync()[0] as number, 1e-30);
  });
}

/** The value of `op` and the gradients of Σ op(inputs) · probe, probe being fixed random weights. */
export function valueAndGradients(op: Op, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const value = tf.tidy(() => op(...inputs));
  const probe = normalTensor('probe', value.shape);
  const scalar = () => tf.sum(tf.mul(op(...inputs), probe)) as tf.Scalar;
  const { value: sum, grads } = tf.engine().gradients(scalar, [...inputs], undefined, true);
  tf.dispose([sum, probe]);
  return [value, ...grads.map((grad, i) => grad ?? tf.zerosLike(inputs[i] as tf.Tensor))];
}

/** The largest relative error of value and gradients between an op and its reference on the same inputs. */
export function disagreement(op: Op, reference: Op, inputs: readonly tf.Tensor[]): number {
  const [got, expected] = [valueAndGradients(op, inputs), valueAndGradients(reference, inputs)];
  const worst = Math.max(...got.map((tensor, i) => relativeError(tensor, expected[i] as tf.Tensor)));
  tf.dispose([got, expected]);
  return worst;
}

/**
 * Compares the gradient of Σ op(inputs) · probe along a random direction of each input with the central difference
 * (f(x + hd) - f(x - hd)) / 2h, and gives the largest |difference| / max(1, |slope|).
 */
export function finiteDifferenceError(op: Op, inputs: readonly tf.Tensor[], h = 1e-2): number {
  const [value, ...grads] = valueAndGradients(op, inputs);
  const probe = normalTensor('probe', (value as tf.Tensor).shape);
  const errors = inputs.map((input, i) => {
    const direction = normalTensor(`direction ${i}`, input.shape);
    const at = (step: number) =>
      tf.tidy(() => {
        const moved = inputs.map((x, j) => (j === i ? tf.add(x, tf.mul(direction, step)) : x));
        const products = tf.mul(op(...moved), probe).dataSync<'float32'>();
        return products.reduce((sum, product) => sum + product, 0);
      });
    const slope = (at(h) - at(-h)) / (2 * h);
    const expected = tf.tidy(() => tf.sum(tf.mul(grads[i] as tf.Tensor, direction)).dataSync()[0] as number);
    direction.dispose();
    return Math.abs(slope - expected) / Math.max(1, Math.abs(slope));
  });
  tf.dispose([value as tf.Tensor, probe, ...grads]);
  return Math.max(...errors);
}
