import { decoderFamily } from '@moslora/decoder';
import { parseInternlm2Config } from './config';
import { internlm2Layer } from './layer';
import { internlm2Names } from './names';

export { parseInternlm2Config, internlm2ConfigSchema, type Internlm2Config } from './config';

/** InternLM2 and 2.5, found by `model_type: internlm2`. */
export const family = decoderFamily({
  name: 'InternLM2',
  parseConfig: parseInternlm2Config,
  names: internlm2Names,
  layer: internlm2Layer,
});
