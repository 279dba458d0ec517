import type { tf } from '@moslora/runtime';
import { currentCompute } from '../execution/compute';
import { customOp } from '../custom-op';

export interface MatMulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/**
 * op(a) op(b), op(x) = x or xᵀ as the options say: (M, K) x (K, N) -> (M, N), float32 in and out, in the precision of
 * `setMatMulPrecision`. Gradients reach both factors; for a frozen factor use `linear`.
 */
export function matMul(a: tf.Tensor2D, b: tf.Tensor2D, options: MatMulOptions = {}): tf.Tensor2D {
  const { transposeA = false, transposeB = false } = options;
  return customOp([a, b], (save) => {
    const compute = currentCompute();
    const [left, right] = [compute.enter(a), compute.enter(b)];
    save([left, right]);
    return {
      value: compute.leave(compute.matMul(left, right, transposeA, transposeB)) as tf.Tensor2D,
      gradient: (dy, [x, y]) => {
        const g = compute.enter(dy); // (M, N)
        const [l, r] = [x as tf.Tensor, y as tf.Tensor];
        const dLeft = transposeA ? compute.matMul(r, g, transposeB, true) : compute.matMul(g, r, false, !transposeB);
        const dRight = transposeB ? compute.matMul(g, l, true, transposeA) : compute.matMul(l, g, !transposeA, false);
        return [compute.leave(dLeft), compute.leave(dRight)];
      },
    };
  });
}
