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
    save([compute.enter(a), compute.enter(b)]);
    return {
      value: compute.matMul(a, b, transposeA, transposeB) as tf.Tensor2D,
      gradient: (g, saved) => {
        const [x, y] = saved as [tf.Tensor, tf.Tensor]; // g (M, N)
        const dx = transposeA ? compute.matMul(y, g, transposeB, true) : compute.matMul(g, y, false, !transposeB);
        const dy = transposeB ? compute.matMul(g, x, true, transposeA) : compute.matMul(x, g, !transposeA, false);
        return [dx, dy];
      },
    };
  });
}
