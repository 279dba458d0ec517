import type { AdapterConfig } from '@moslora/specs';
import type { AdapterMethod } from '../method/adapter-method';
import { startingFactors } from '../method/factors';
import { oddRankProblem } from './butterfly';
import { createMixer } from './mixer-init';

/**
 * MoSLoRA: y = base(x) + s B M A x with a learning mixer M (R, R), which lets every row of A meet every column of B: r² subspaces in
 * place of r. Source: Wu et al., Mixture-of-Subspaces in Low-Rank Adaptation (2024).
 */
export const moslora: AdapterMethod<Extract<AdapterConfig, { method: 'moslora' }>> = {
  name: 'moslora',
  problems: ({ mixer, rank }) => (mixer === 'butterfly' ? oddRankProblem(rank, 'a butterfly mixer') : []),
  create: (layer, config, rng) => ({
    ...startingFactors(layer, config, rng),
    mixer: { values: createMixer(config.mixer, rng, config.rank), trainable: config.trainMixer },
  }),
};
