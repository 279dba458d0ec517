import type { AdapterConfig } from '@moslora/specs';
import type { AdapterMethod } from '../method/adapter-method';
import { startingFactors } from '../method/factors';

/** LoRA: y = base(x) + s B A x. Source: Hu et al. (2021). */
export const lora: AdapterMethod<Extract<AdapterConfig, { method: 'lora' }>> = {
  name: 'lora',
  problems: () => [],
  create: startingFactors,
};
