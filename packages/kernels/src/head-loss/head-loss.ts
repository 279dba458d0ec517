import { tf } from '@moslora/runtime';
import { crossEntropy } from '../cross-entropy/cross-entropy';
import { checkpointed } from '../checkpointed/checkpointed';
import { customOp } from '../custom-op';
import { DT } from '../execution/binding';
import { currentCompute } from '../execution/compute';
import { full, runKernel, working, type KernelType } from '../execution/kernel-op';
import type { FrozenOperand } from '../frozen-matrix/frozen-matrix';
import { frozenLinear } from '../linear/linear';
import { hasKernel } from '../native/kernels-addon';
import { withMembers } from '../projections/members';

/**
 * Σ over rows of -log softmax(h Wᵀ)[target] with a frozen head W (V, D): h (n, D), targets (n) int32 in [0, V) -> scalar. One op of
 * ours makes the logits of a chunk of rows at a time, their loss, and at once the gradient of h, which is all that it saves; where the
 * op is missing, all logits (n, V) are made.
 */
export function headLoss(h: tf.Tensor2D, weight: FrozenOperand, targets: tf.Tensor1D): tf.Scalar {
  if (!hasKernel('MosloraHeadLoss')) return crossEntropy(frozenLinear(h, weight) as tf.Tensor2D, targets);
  return customOp([h], (save) => {
    const compute = currentCompute();
    const type: KernelType = compute.precision === 'bfloat16' ? DT.bfloat16 : DT.float32;
    const [loss, slope] = withMembers(compute, type, [{ weight }], ({ inputs, attributes }) =>
      runKernel('MosloraHeadLoss', attributes, [working(h, type), full(targets), ...inputs], 2),
    ) as [tf.Scalar, tf.Tensor2D];
    save([slope]);
    return { value: loss, gradient: (dy, saved) => [compute.mul(saved[0] as tf.Tensor, dy)] };
  });
}

const CHUNK = 256;

/**
 * The same for any head, one with an adapter for instance: `logits` gives (n', V) for rows (n', D). Where `parameters` learn, rows are
 * taken in chunks whose logits are made again in the backward pass, so that those of all rows never exist at once.
 */
export function chunkedHeadLoss(
  h: tf.Tensor2D,
  targets: tf.Tensor1D,
  logits: (rows: tf.Tensor2D) => tf.Tensor2D,
  parameters: readonly tf.Variable[],
): tf.Scalar {
  const [n, width] = h.shape;
  const of = (rows: tf.Tensor2D, wanted: tf.Tensor1D) => crossEntropy(logits(rows), wanted);
  if (n <= CHUNK) return of(h, targets);
  const losses: tf.Scalar[] = [];
  for (let first = 0; first < n; first += CHUNK) {
    const count = Math.min(CHUNK, n - first);
    const wanted = tf.slice(targets, [first], [count]);
    const rows = tf.slice(h, [first, 0], [count, width]);
    losses.push(checkpointed((input) => of(input as tf.Tensor2D, wanted), [rows], parameters));
  }
  return tf.addN(losses);
}
