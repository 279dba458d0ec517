import type { RopeConfig } from '../config/rope-config';
import { ropeFrequencies } from './frequencies';

/**
 * cos and sin of `position * frequency` with the K/2 angles written twice, as rotate-half wants them.
 * @param seen positions that the sequence has, past ones included: decides the frequencies of a `dynamic` embedding
 * @returns two arrays of (positions.length, K), row-major
 */
export function ropeTable(
  rope: RopeConfig,
  headDim: number,
  positions: ArrayLike<number>,
  seen = 0,
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(rope, headDim, seen).map(Math.fround);
  const scale = rope.type === 'yarn' ? rope.attentionFactor : 1;
  const half = headDim / 2;
  const cos = new Float32Array(positions.length * headDim);
  const sin = new Float32Array(positions.length * headDim);
  for (let t = 0; t < positions.length; t += 1) {
    for (let i = 0; i < half; i += 1) {
      const angle = Math.fround(positions[t]! * frequencies[i]!);
      const at = t * headDim + i;
      cos[at] = cos[at + half] = scale * Math.cos(angle);
      sin[at] = sin[at + half] = scale * Math.sin(angle);
    }
  }
  return { cos, sin };
}
