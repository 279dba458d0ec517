import { parseLlamaConfig } from './config';
import type { DecoderFamily } from './decoder-contract';
import { LlamaDecoder } from './decoder';

export { parseLlamaConfig, llamaConfigSchema, type LlamaConfig } from './config';
export type { Decoder, DecoderFamily, DecoderOptions, DecoderShape, ForwardOptions } from './decoder-contract';
export { LlamaDecoder } from './decoder';
export { decoderTensors } from './check-tensors';
export { KvCache } from './kv-cache';

/** LLaMA, found by `model_type: llama`. */
export const family: DecoderFamily = {
  load: (source, config, options = {}) => LlamaDecoder.load(source, parseLlamaConfig(config, options.where), options),
};
