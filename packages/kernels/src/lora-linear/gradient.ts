import { tf } from '@moslora/runtime';
import type { Compute } from '../execution/compute';
import type { FrozenOperand } from '../frozen-matrix/frozen-matrix';

export interface LoraGradientSettings {
  scale: number;
  mixed: boolean;
  masked: boolean;
  inputGradient: boolean;
}

/**
 * The gradients of `loraLinear` in the order (x?, A, B, M?) from g = ∂L/∂y (N, out). `saved`: x (N, in) after dropout, u and v (N, R), A (R, in),
 * s B (out, R), M (R, R) if mixed, the dropout mask (N, in) if masked.
 */
export function loraGradient(
  compute: Compute,
  weight: FrozenOperand,
  g: tf.Tensor,
  saved: tf.Tensor2D[],
  settings: LoraGradientSettings,
): tf.Tensor[] {
  const [dropped, u, v, low, up, ...rest] = saved as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    ...tf.Tensor2D[],
  ];
  const mix = settings.mixed ? rest[0] : undefined;
  const mask = settings.masked ? rest[rest.length - 1] : undefined;

  const db = tf.mul(compute.matMul(g, v, true, false), settings.scale); // (out, R)
  const dv = compute.matMul(g, up); // (N, R)
  const du = mix === undefined ? dv : compute.matMul(dv, mix); // (N, R)
  const da = compute.matMul(du, dropped, true, false); // (R, in)
  const learning = mix === undefined ? [da, db] : [da, db, compute.matMul(dv, u, true, false)];
  if (!settings.inputGradient) return learning;

  const dx = weight.lend(compute, (w) => {
    if (mask === undefined) {
      return compute.matMul(compute.concat([g, du], 1), compute.concat([w, low], 0)); // (N, in)
    }
    return tf.add(compute.matMul(g, w), tf.mul(compute.matMul(du, low), mask));
  });
  return [dx, ...learning];
}
