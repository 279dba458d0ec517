import { kaimingUniform } from '@moslora/nn';
import type { Rng } from '@moslora/runtime';
import type { AdapterConfig } from '@moslora/specs';
import type { AdaptedLayer } from './adapter-method';

/**
 * A and B as LoRA starts them: A (R, in) from U(-1/√in, 1/√in), or from N(0, (1/R)²) for `gaussian`; B (out, R) zeros.
 * Source: Hu et al., LoRA (2021), and its reference implementation.
 */
export function startingFactors(
  { inFeatures, outFeatures }: AdaptedLayer,
  { rank, aInit }: Pick<AdapterConfig, 'rank' | 'aInit'>,
  rng: Rng,
): { a: Float32Array; b: Float32Array } {
  const a =
    aInit === 'gaussian' ? rng.normalArray(rank * inFeatures, 0, 1 / rank) : kaimingUniform(rng, [rank, inFeatures]);
  return { a, b: new Float32Array(outFeatures * rank) };
}
