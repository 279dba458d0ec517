import { fail, type AdapterConfig } from '@moslora/specs';
import { tf } from '@moslora/runtime';
import type { AdapterMethod } from '../method/adapter-method';
import { startingFactors } from '../method/factors';
import { rowSquares } from './row-norms';

/**
 * DoRA: the weight's rows keep a length m of their own, and LoRA turns them: W' = m (W + s B A) / ‖W + s B A‖, norms by row (by output)
 * and held constant in gradients. m starts as ‖W‖. Source: Liu et al., DoRA: Weight-Decomposed Low-Rank Adaptation (2024).
 */
export const dora: AdapterMethod<Extract<AdapterConfig, { method: 'dora' }>> = {
  name: 'dora',
  problems: () => [],
  create: (layer, config, rng) => {
    const base =
      layer.frozen ??
      fail({
        what: 'DoRA needs a frozen weight under it',
        where: 'adapter, method',
        got: 'a layer that learns by itself',
        fix: 'freeze the layer, or take another method',
      });
    const magnitude = tf.tidy(() => tf.sqrt(rowSquares(base.weight())).dataSync<'float32'>().slice());
    return { ...startingFactors(layer, config, rng), magnitude };
  },
};
