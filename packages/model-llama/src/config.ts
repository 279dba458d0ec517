import { decoderFields, parseDecoderConfig, type DecoderConfig } from '@moslora/decoder';
import { z } from 'zod';

/** What of a Hugging Face LLaMA `config.json` (or a LLaVA's `text_config`) decides the maths; other keys are ignored. */
export const llamaConfigSchema = z.looseObject({
  ...decoderFields({
    modelType: 'llama',
    hiddenSize: 4096,
    intermediateSize: 11008,
    layers: 32,
    heads: 32,
    vocabSize: 32000,
    maxPositions: 2048,
  }),
  attention_bias: z.boolean().default(false).describe('whether q, k, v and o have biases'),
  mlp_bias: z.boolean().default(false).describe('whether gate, up and down have biases'),
});

/** A LLaMA decoder's shape, checked. */
export interface LlamaConfig extends DecoderConfig {
  attentionBias: boolean;
  mlpBias: boolean;
}

/**
 * Reads a LLaMA configuration from the parsed JSON of `config.json`, or of its `text_config`.
 * @param where file (and key) named in errors
 * @throws UserError listing every value that is malformed or asks for maths this family does not do
 */
export function parseLlamaConfig(json: unknown, where = 'config.json'): LlamaConfig {
  const { raw, config } = parseDecoderConfig(llamaConfigSchema, json, { where, modelTypes: ['llama'] });
  return { ...config, attentionBias: raw.attention_bias, mlpBias: raw.mlp_bias };
}
