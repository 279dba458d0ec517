import { tf } from '@moslora/runtime';
import { valueAndGradients } from '../gradient-check/agreement';
import { matMulPrecision } from '../precision/precision';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;

/** What the error may be, relative to the largest expected value, in products of each precision. */
const tolerances = { float32: 1e-4, bfloat16: 3e-2 } as const;

export interface AgreeOptions {
  /** The least that errors are taken relative to: for results that are differences of larger terms. */
  floor?: number;
  /** Relative error allowed, instead of that of the precision. */
  tolerance?: number;
}

/** Throws unless two tensors are of one shape and near each other. */
export function agree(got: tf.Tensor, expected: tf.Tensor, what: string, options: AgreeOptions = {}): void {
  const { floor = 0.05, tolerance = tolerances[matMulPrecision()] } = options;
  if (got.shape.join() !== expected.shape.join())
    throw new Error(`${what} is (${got.shape.join(', ')}), expected (${expected.shape.join(', ')})`);
  const [a, b] = [got.dataSync(), expected.dataSync()];
  let [difference, largest] = [0, floor];
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  // Written so that NaN does not pass.
  if (!(difference <= tolerance * largest))
    throw new Error(`${what} is off by ${difference} where values reach ${largest}`);
}

/** {@link agree} for the value and all gradients of an op and its reference on the same inputs. */
export function agreeWithGradients(op: Op, reference: Op, inputs: readonly tf.Tensor[], options?: AgreeOptions): void {
  const [got, expected] = [valueAndGradients(op, inputs), valueAndGradients(reference, inputs)];
  got.forEach((tensor, i) => {
    agree(tensor, expected[i]!, i === 0 ? 'the value' : `the gradient of input ${i - 1}`, options);
  });
  tf.dispose([got, expected]);
}
