import { tf } from '@moslora/runtime';
import type { AdamwSettings } from './adamw';

/** One AdamW step as PyTorch documents it, on plain tensors: the oracle of the tests. */
export function adamwReference(p: tf.Tensor, g: tf.Tensor, m: tf.Tensor, v: tf.Tensor, settings: AdamwSettings) {
  const { learningRate, betas, epsilon, weightDecay, step } = settings;
  const decayed = tf.sub(p, tf.mul(p, learningRate * weightDecay));
  const first = tf.add(tf.mul(m, betas[0]), tf.mul(g, 1 - betas[0]));
  const second = tf.add(tf.mul(v, betas[1]), tf.mul(tf.square(g), 1 - betas[1]));
  const corrected = tf.div(first, 1 - betas[0] ** step);
  const denominator = tf.add(tf.sqrt(tf.div(second, 1 - betas[1] ** step)), epsilon);
  return { p: tf.sub(decayed, tf.mul(tf.div(corrected, denominator), learningRate)), m: first, v: second };
}
