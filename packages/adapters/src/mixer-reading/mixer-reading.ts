import type { tf } from '@moslora/runtime';
import type { MixerReading, Spread } from '@moslora/specs';
import { singularValues } from './singular-values';

/** Multiplications that one reading may take for singular values, about: R³ a mixer. */
const budget = 3e7;

/** ‖M - I‖_F / √R of a mixer (R, R) given row by row: 0 for LoRA's identity, about √2 for a random orthogonal one. */
export function distanceFromIdentity(values: ArrayLike<number>, rank: number): number {
  let square = 0;
  for (let i = 0; i < rank * rank; i++) {
    const difference = values[i]! - (i % (rank + 1) === 0 ? 1 : 0);
    square += difference * difference;
  }
  return Math.sqrt(square / rank);
}

/**
 * Where mixers (R, R) stand: the distance of every one from the identity, and the singular values of all together; of some, spread evenly over
 * the modules, where all would take longer than a small part of a step. undefined where there is no mixer.
 */
export function readMixers(mixers: readonly tf.Tensor2D[]): MixerReading | undefined {
  if (mixers.length === 0) return undefined;
  const every = Math.ceil(mixers.reduce((sum, { shape: [rank] }) => sum + rank ** 3, 0) / budget);
  const distances: number[] = [];
  const spectrum: number[] = [];
  let measured = 0;
  for (const [i, mixer] of mixers.entries()) {
    const rank = mixer.shape[0];
    const values = mixer.dataSync<'float32'>();
    distances.push(distanceFromIdentity(values, rank));
    if (i % every !== 0) continue;
    measured += 1;
    spectrum.push(...singularValues(values, rank));
  }
  return { modules: mixers.length, measured, singularValues: spreadOf(spectrum), distance: spreadOf(distances) };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}
