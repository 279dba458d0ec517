import type { AdapterConfig } from '@moslora/specs';
import type { AdapterMethod } from '../method/adapter-method';
import { startingFactors } from '../method/factors';

/**
 * LoRA+: LoRA whose B learns `loraPlusRatio` times as fast as A, since B starts at zero and has to grow. What it computes is LoRA; the
 * other methods take the same ratio. Source: Hayou et al., LoRA+: Efficient Low Rank Adaptation of Large Models (2024).
 */
export const loraPlus: AdapterMethod<Extract<AdapterConfig, { method: 'lora-plus' }>> = {
  name: 'lora-plus',
  problems: () => [],
  create: startingFactors,
};
