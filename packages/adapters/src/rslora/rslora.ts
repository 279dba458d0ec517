import type { AdapterConfig } from '@moslora/specs';
import type { AdapterMethod } from '../method/adapter-method';
import { startingFactors } from '../method/factors';

/**
 * rsLoRA: LoRA with s = alpha / √R in place of alpha / R, so that a larger rank does not learn more slowly. The other methods take the same
 * scale with `rankStabilized`. Source: Kalajdzievski, A Rank Stabilization Scaling Factor for Fine-Tuning with LoRA (2023).
 */
export const rslora: AdapterMethod<Extract<AdapterConfig, { method: 'rslora' }>> = {
  name: 'rslora',
  problems: () => [],
  create: startingFactors,
};
