import { gelu, quickGelu, tanhGelu } from '@moslora/kernels';
import type { tf } from '@moslora/runtime';
import { z } from 'zod';

/** Names of activations in configurations, several for some, by the one used here. */
const names = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  quick_gelu: 'quick_gelu',
  gelu_pytorch_tanh: 'gelu_pytorch_tanh',
  gelu_new: 'gelu_pytorch_tanh',
  gelu_fast: 'gelu_pytorch_tanh',
} as const;

export type Activation = (typeof names)[keyof typeof names];

/** An activation by any of its published names; parses to the one used here. */
export const activationSchema = z
  .enum(Object.keys(names) as (keyof typeof names)[])
  .transform((name): Activation => names[name]);

/** `0.5 x (1 + erf(x / sqrt 2))`, `x sigmoid(1.702 x)`, and `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`. */
export const activations: Record<Activation, (x: tf.Tensor2D) => tf.Tensor2D> = {
  gelu: (x) => gelu(x) as tf.Tensor2D,
  quick_gelu: (x) => quickGelu(x) as tf.Tensor2D,
  gelu_pytorch_tanh: (x) => tanhGelu(x) as tf.Tensor2D,
};
