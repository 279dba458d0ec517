import { DenseLinear, type FrozenBase, type Linear } from '@moslora/nn';
import { Nf4Linear } from '@moslora/quantized-base';
import { tf } from '@moslora/runtime';
import type { AdapterLinear } from './adapter-linear';

/** What became of W + ΔW in the plain layer. */
export interface FuseError {
  /** max |Ŵ - (W + ΔW)|; 0 for a dense layer. */
  maxError: number;
  /** √mean (Ŵ - (W + ΔW))². */
  rmsError: number;
  /** √mean ΔW²: an error of this size buries what was learnt. */
  rmsDelta: number;
}

/**
 * The layer without adapter that computes the same: W + ΔW in place of W (DoRA's magnitudes included). `dense` gives a float layer whatever the base was;
 * `nf4` quantises the sum again where the base is in NF4, with the error that brings. The adapter is used up: its factors are
 * disposed, its base becomes part of the result or is disposed.
 */
export function fuse(layer: AdapterLinear, into: 'dense' | 'nf4'): { linear: Linear; error: FuseError } {
  const { base, factors } = layer;
  const { frozen } = base;
  if (frozen === undefined) throw new Error(`${factors.path}: an adapter on a layer that learns cannot be merged`);
  const quantized = base instanceof Nf4Linear;
  const { merged, rmsDelta } = tf.tidy(() => {
    const weight = frozen.weight();
    const sum = tf.keep(factors.merged(weight));
    return { merged: sum, rmsDelta: rms(tf.sub(sum, weight)) };
  });
  const exact = { maxError: 0, rmsError: 0, rmsDelta };
  factors.dispose();
  if (quantized && into === 'dense') {
    const bias = frozen.bias && (tf.clone(frozen.bias) as tf.Tensor1D);
    const linear = new DenseLinear({ name: factors.path, weight: merged, ...(bias && { bias }) });
    base.dispose();
    return { linear, error: exact };
  }
  const wanted = quantized ? (tf.clone(merged) as tf.Tensor2D) : undefined;
  frozen.replace(merged);
  if (wanted === undefined) return { linear: base, error: exact };
  const error = { ...differences(frozen, wanted), rmsDelta };
  wanted.dispose();
  return { linear: base, error };
}

function differences(frozen: FrozenBase, wanted: tf.Tensor2D): { maxError: number; rmsError: number } {
  return tf.tidy(() => {
    const difference = tf.sub(frozen.weight(), wanted);
    return { maxError: tf.max(tf.abs(difference)).dataSync()[0]!, rmsError: rms(difference) };
  });
}

function rms(x: tf.Tensor): number {
  return Math.sqrt(tf.mean(tf.square(x)).dataSync()[0]!);
}
