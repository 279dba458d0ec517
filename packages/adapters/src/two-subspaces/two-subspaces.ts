import type { AdapterConfig } from '@moslora/specs';
import type { AdapterMethod } from '../method/adapter-method';
import { startingFactors } from '../method/factors';
import { butterfly, oddRankProblem } from '../moslora/butterfly';

/**
 * Two-subspaces mixing: y = base(x) + s (B1 + B2)(A1 + A2) x, where A = [A1; A2] and B = [B1, B2] are split in halves of R / 2. That
 * is a mixer fixed to [[I, I], [I, I]]: each A meets each B. Source: Wu et al., Mixture-of-Subspaces in Low-Rank Adaptation (2024), section 3.1.
 */
export const twoSubspaces: AdapterMethod<Extract<AdapterConfig, { method: 'two-subspaces' }>> = {
  name: 'two-subspaces',
  problems: ({ rank }) => oddRankProblem(rank, 'two subspaces'),
  create: (layer, config, rng) => ({
    ...startingFactors(layer, config, rng),
    mixer: { values: butterfly(config.rank), trainable: false },
  }),
};
