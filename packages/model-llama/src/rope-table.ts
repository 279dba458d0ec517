import type { RopeConfig } from './rope-config';

/**
 * Angular frequencies of the rotary embedding, one per pair of channels: `theta^(-2i/K)`, i = 0 .. K/2 - 1, in radians per token.
 *
 * `linear` divides all of them by `factor`. `llama3` divides those whose wavelength exceeds
 * `originalMaxPositions / lowFreqFactor` by `factor`, leaves those under `originalMaxPositions / highFreqFactor`, and blends between
 * (Llama 3.1's scheme).
 */
export function ropeFrequencies(rope: RopeConfig, headDim: number): Float64Array {
  const frequencies = Float64Array.from({ length: headDim / 2 }, (_, i) => rope.theta ** ((-2 * i) / headDim));
  if (rope.type === 'linear') return frequencies.map((f) => f / rope.factor);
  if (rope.type === 'llama3') return frequencies.map((f) => llama3Frequency(f, rope));
  return frequencies;
}

function llama3Frequency(frequency: number, rope: RopeConfig & { type: 'llama3' }): number {
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < rope.originalMaxPositions / rope.highFreqFactor) return frequency;
  if (wavelength > rope.originalMaxPositions / rope.lowFreqFactor) return frequency / rope.factor;
  const share =
    (rope.originalMaxPositions / wavelength - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
  return (1 - share) * (frequency / rope.factor) + share * frequency;
}

/**
 * cos and sin of `position * frequency` with the K/2 angles written twice, as rotate-half wants them.
 * @returns two arrays of (positions.length, K), row-major
 */
export function ropeTable(
  rope: RopeConfig,
  headDim: number,
  positions: ArrayLike<number>,
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = ropeFrequencies(rope, headDim).map(Math.fround);
  const half = headDim / 2;
  const cos = new Float32Array(positions.length * headDim);
  const sin = new Float32Array(positions.length * headDim);
  for (let t = 0; t < positions.length; t += 1) {
    for (let i = 0; i < half; i += 1) {
      const angle = Math.fround(positions[t]! * frequencies[i]!);
      const at = t * headDim + i;
      cos[at] = cos[at + half] = Math.cos(angle);
      sin[at] = sin[at + half] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
