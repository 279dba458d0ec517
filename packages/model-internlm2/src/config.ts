import { decoderFields, parseDecoderConfig, type DecoderConfig } from '@moslora/decoder';
import { z } from 'zod';

/** What of an InternLM2 `config.json` decides the maths; other keys are ignored. */
export const internlm2ConfigSchema = z.looseObject({
  ...decoderFields({
    modelType: 'internlm2',
    hiddenSize: 4096,
    intermediateSize: 11008,
    layers: 32,
    heads: 32,
    vocabSize: 103168,
    maxPositions: 2048,
  }),
  bias: z.boolean().default(true).describe('whether wqkv and wo have biases'),
});

/** An InternLM2 decoder's shape, checked. */
export interface Internlm2Config extends DecoderConfig {
  attentionBias: boolean;
}

/**
 * Reads an InternLM2 configuration from the parsed JSON of `config.json`, or of a `text_config`.
 * @param where file (and key) named in errors
 * @throws UserError listing every value that is malformed or asks for maths this family does not do
 */
export function parseInternlm2Config(json: unknown, where = 'config.json'): Internlm2Config {
  const { raw, config } = parseDecoderConfig(internlm2ConfigSchema, json, { where, modelTypes: ['internlm2'] });
  return { ...config, attentionBias: raw.bias };
}
