import type { FrozenOperand, Projection } from '@moslora/kernels';
import type { tf } from '@moslora/runtime';
import type { Parameter } from '../parameter';

/** y = x Wᵀ + b, however W is kept: dense, in 4 bits, or with an adapter beside it. */
export interface Linear {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The frozen weight inside, where there is one: what an adapter needs to join its product and to merge. */
  readonly frozen?: FrozenBase;
  /** x (..., in) -> (..., out). */
  apply(x: tf.Tensor): tf.Tensor;
  /** What a fused product computes in its place; nothing where the layer must compute by itself now. */
  projection?(): Projection | undefined;
  /** What learns; empty for a frozen layer. */
  parameters(): Parameter[];
  dispose(): void;
}

/** A frozen weight (out, in) and its bias. */
export interface FrozenBase {
  /** For `frozenLinear` and `loraLinear` of the kernels. */
  readonly operand: FrozenOperand;
  /** (out). */
  readonly bias?: tf.Tensor1D;
  /** The weight (out, in) in float32; the caller disposes it. */
  weight(): tf.Tensor2D;
  /** Puts another weight (out, in) in its place, and takes it over. */
  replace(weight: tf.Tensor2D): void;
}

/** A place in a model where a linear layer stands, so that an adapter can take it. */
export interface LinearSlot {
  /** The full Hugging Face module path, such as `model.layers.0.self_attn.q_proj`. */
  name: string;
  get(): Linear;
  set(linear: Linear): void;
}
