import type { RopeConfig } from '../config/rope-config';

type Rope<T extends RopeConfig['type']> = Extract<RopeConfig, { type: T }>;

/**
 * Angular frequencies of the rotary embedding, one per pair of channels: `theta^(-2i/K)`, i = 0 .. K/2 - 1, in radians per token (Su et
 * al. 2021), scaled so that longer sequences than those of training fit:
 * - `linear` divides all of them by `factor`;
 * - `dynamic` (NTK-aware) raises theta once more positions are `seen` than were trained on, by
 *   `(factor seen / max - (factor - 1))^(K / (K - 2))`;
 * - `llama3` divides those whose wavelength exceeds `originalMaxPositions / lowFreqFactor` by `factor`, leaves those under
 *   `originalMaxPositions / highFreqFactor`, and blends between;
 * - `yarn` (Peng et al. 2023) does the same between the channels that turn `betaFast` and `betaSlow` times within
 *   `originalMaxPositions`, and blends along the channels.
 */
export function ropeFrequencies(rope: RopeConfig, headDim: number, seen = 0): Float64Array {
  switch (rope.type) {
    case 'default':
      return powers(rope.theta, headDim);
    case 'linear':
      return powers(rope.theta, headDim).map((f) => f / rope.factor);
    case 'dynamic':
      return powers(dynamicTheta(rope, headDim, seen), headDim);
    case 'llama3':
      return powers(rope.theta, headDim).map((f) => llama3Frequency(f, rope));
    case 'yarn':
      return yarnFrequencies(rope, headDim);
  }
}

function powers(theta: number, headDim: number): Float64Array {
  return Float64Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
}

function dynamicTheta({ theta, factor, maxPositions }: Rope<'dynamic'>, headDim: number, seen: number): number {
  const longer = Math.max(seen, maxPositions) / maxPositions;
  return theta * (factor * longer - (factor - 1)) ** (headDim / (headDim - 2));
}

function llama3Frequency(frequency: number, rope: Rope<'llama3'>): number {
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < rope.originalMaxPositions / rope.highFreqFactor) return frequency;
  if (wavelength > rope.originalMaxPositions / rope.lowFreqFactor) return frequency / rope.factor;
  const share =
    (rope.originalMaxPositions / wavelength - rope.lowFreqFactor) / (rope.highFreqFactor - rope.lowFreqFactor);
  return (1 - share) * (frequency / rope.factor) + share * frequency;
}

function yarnFrequencies(rope: Rope<'yarn'>, headDim: number): Float64Array {
  const { theta, factor, originalMaxPositions, betaFast, betaSlow, truncate } = rope;
  /** The (fractional) channel whose wave turns so often within the trained length. */
  const channel = (turns: number): number =>
    (headDim * Math.log(originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [fast, slow] = [channel(betaFast), channel(betaSlow)];
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const last = Math.min(truncate ? Math.ceil(slow) : slow, headDim - 1);
  const high = last === low ? low + 0.001 : last;
  return powers(theta, headDim).map((frequency, i) => {
    const slowed = Math.min(Math.max((i - low) / (high - low), 0), 1);
    return (frequency / factor) * slowed + frequency * (1 - slowed);
  });
}
