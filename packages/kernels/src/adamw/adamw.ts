import { tf } from '@moslora/runtime';
import { full, runKernel } from '../execution/kernel-op';
import { hasKernel } from '../native/kernels-addon';

export interface AdamwSettings {
  learningRate: number;
  betas: readonly [number, number];
  /** Added outside the square root, as PyTorch does. */
  epsilon: number;
  /** Decoupled: p -= learningRate weightDecay p, before the step. */
  weightDecay: number;
  /** The number of this step, from 1. */
  step: number;
  /** Multiplies the gradient first (clipping, or the division by label tokens); default 1. */
  gradientScale?: number | tf.Scalar;
}

/** The two moments of one parameter, of its shape, starting at zero. */
export interface AdamwMoments {
  first: tf.Variable;
  second: tf.Variable;
}

/**
 * One AdamW step (Loshchilov and Hutter 2019) as PyTorch defines it, in place:
 * m = β₁ m + (1 - β₁) g; v = β₂ v + (1 - β₂) g²; p = p (1 - η λ) - η / (1 - β₁ᵗ) m / (√v / √(1 - β₂ᵗ) + ε).
 */
export function adamwStep(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  moments: AdamwMoments,
  settings: AdamwSettings,
): void {
  const { learningRate, betas, epsilon, weightDecay, step, gradientScale = 1 } = settings;
  const [beta1, beta2] = betas;
  tf.tidy(() => {
    const g = gradientScale === 1 ? gradient : tf.mul(gradient, gradientScale);
    const first = tf.add(tf.mul(moments.first, beta1), tf.mul(g, 1 - beta1));
    const second = tf.add(tf.mul(moments.second, beta2), tf.mul(tf.square(g), 1 - beta2));
    const denominator = tf.add(tf.mul(tf.sqrt(second), 1 / Math.sqrt(1 - beta2 ** step)), epsilon);
    const change = tf.mul(tf.div(first, denominator), learningRate / (1 - beta1 ** step));
    const decayed = weightDecay === 0 ? parameter : tf.mul(parameter, 1 - learningRate * weightDecay);
    moments.first.assign(first);
    moments.second.assign(second);
    parameter.assign(tf.sub(decayed, change));
  });
}

/** √ Σ over all tensors of Σ x², as a scalar on the backend; our op adds up in float64. */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  if (tensors.length > 0 && hasKernel('MosloraGlobalNorm')) {
    const inputs = tensors.map((tensor) => full(tensor));
    return runKernel('MosloraGlobalNorm', { N: tensors.length }, inputs, 1)[0] as tf.Scalar;
  }
  return tf.tidy(() => tf.sqrt(tf.addN(tensors.map((x) => tf.sum(tf.square(x)) as tf.Scalar))));
}
