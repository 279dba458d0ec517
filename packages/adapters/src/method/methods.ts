import type { AdapterConfig, Problem } from '@moslora/specs';
import type { Rng } from '@moslora/runtime';
import { dora } from '../dora/dora';
import { lora } from '../lora/lora';
import { loraPlus } from '../lora-plus/lora-plus';
import { moslora } from '../moslora/moslora';
import { rslora } from '../rslora/rslora';
import { twoSubspaces } from '../two-subspaces/two-subspaces';
import type { AdapterMethod, FactorValues, AdaptedLayer } from './adapter-method';

type MethodOf<Name extends AdapterConfig['method']> = AdapterMethod<Extract<AdapterConfig, { method: Name }>>;

/** Every method, by the name it has in a configuration. */
export const adapterMethods: { [Name in AdapterConfig['method']]: MethodOf<Name> } = {
  lora,
  rslora,
  'lora-plus': loraPlus,
  dora,
  'two-subspaces': twoSubspaces,
  moslora,
};

/** What the configuration's method cannot work with. */
export function methodProblems(config: AdapterConfig): Problem[] {
  return methodOf(config).problems(config);
}

/** The starting factors of one layer's adapter. */
export function createFactors(layer: AdaptedLayer, config: AdapterConfig, rng: Rng): FactorValues {
  return methodOf(config).create(layer, config, rng);
}

function methodOf(config: AdapterConfig): AdapterMethod {
  // The key selects the method of just this configuration's kind.
  return adapterMethods[config.method] as AdapterMethod;
}
