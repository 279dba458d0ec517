import { decoderFamily } from '@moslora/decoder';
import { parseLlamaConfig } from './config';
import { llamaLayer } from './layer';
import { llamaNames } from './names';

export { parseLlamaConfig, llamaConfigSchema, type LlamaConfig } from './config';

/** LLaMA 2, 3 and 3.1, found by `model_type: llama`. */
export const family = decoderFamily({
  name: 'LLaMA',
  parseConfig: parseLlamaConfig,
  names: llamaNames,
  layer: llamaLayer,
});
