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
 * The gradients of `loraLinear` in the order (x?, A, B, M?) from g = ∂L/∂y (N, out). `saved`: x (N, in) after dropout, v (N, R),
 * M A (R, in), s B (out, R), then M (R, R) and A (R, in) if mixed, and the dropout mask (N, in) if masked.
 */
export function loraGradient(
  compute: Compute,
  weight: FrozenOperand,
  g: tf.Tensor,
  saved: tf.Tensor2D[],
  settings: LoraGradientSettings,
): tf.Tensor[] {
  const [dropped, v, down, up, ...rest] = saved as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    ...tf.Tensor2D[],
  ];
  const mask = settings.masked ? rest[rest.length - 1] : undefined;

  const db = tf.mul(compute.matMul(g, v, true, false), settings.scale); // (out, R)
  const dv = compute.matMul(g, up); // (N, R)
  const p = compute.matMul(dv, dropped, true, false) as tf.Tensor2D; // (R, in)
  const learning = settings.mixed ? mixed(p, db, rest as [tf.Tensor2D, tf.Tensor2D]) : [p, db];
  if (!settings.inputGradient) return learning;

  const dx = weight.lend(compute, (w) => {
    if (mask === undefined) return compute.matMul(compute.concat([g, dv], 1), compute.concat([w, down], 0)); // (N, in)
    return tf.add(compute.matMul(g, w), tf.mul(compute.matMul(dv, down), mask));
  });
  return [dx, ...learning];
}

function mixed(p: tf.Tensor2D, db: tf.Tensor, [mixer, a]: [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor2D[]]): tf.Tensor[] {
  return [tf.matMul(mixer, p, true, false), db, tf.matMul(p, a, false, true)];
}
