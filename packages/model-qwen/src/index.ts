import { decoderFamily } from '@moslora/decoder';
import { parseQwenConfig } from './config';
import { qwenLayer } from './layer';
import { qwenNames } from './names';

export { parseQwenConfig, qwenConfigSchema, type QwenConfig } from './config';

/** Qwen2, Qwen2.5 and Qwen3, found by `model_type: qwen2` or `qwen3`. */
export const family = decoderFamily({
  name: 'Qwen',
  parseConfig: parseQwenConfig,
  names: qwenNames,
  layer: qwenLayer,
});
