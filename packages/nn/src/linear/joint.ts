import { areAlike, fusedProjections, hasKernel, type ProjectionOptions } from '@moslora/kernels';
import type { tf } from '@moslora/runtime';
import type { Linear } from './linear';

/**
 * Linear layers of one input as one fused product: x (N, in) -> their outputs side by side (N, sum of outputs), with the residual added
 * where there is one. Nothing where the op is missing or the layers do not go together; they are then to be applied one by one.
 */
export function jointly(
  linears: readonly Linear[],
  x: tf.Tensor2D,
  options?: ProjectionOptions,
): tf.Tensor2D | undefined {
  if (!hasKernel('MosloraProjections')) return undefined;
  const members = linears.flatMap((linear) => linear.projection?.() ?? []);
  if (members.length !== linears.length || !areAlike(members)) return undefined;
  return fusedProjections(x, members, options);
}
