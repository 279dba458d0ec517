import { decoderFields, parseDecoderConfig, type DecoderConfig } from '@moslora/decoder';
import { z } from 'zod';

/** What of a Qwen2, Qwen2.5 (`qwen2` both) or Qwen3 `config.json` decides the maths; other keys are ignored. */
export const qwenConfigSchema = z.looseObject({
  ...decoderFields({
    modelType: 'qwen2',
    hiddenSize: 4096,
    intermediateSize: 22016,
    layers: 32,
    heads: 32,
    vocabSize: 151936,
    maxPositions: 32768,
  }),
  attention_bias: z
    .boolean()
    .default(false)
    .describe('Qwen3: whether q, k, v and o have biases; Qwen2 has those of q, k, v'),
  use_sliding_window: z.boolean().default(false).describe('must be false, unless no layer is left for it'),
  sliding_window: z.int().positive().nullish().describe('how far a token sees back in those layers'),
  max_window_layers: z.int().nonnegative().default(28).describe('first layer with a window'),
  layer_types: z.array(z.string()).nullish().describe('`full_attention` or `sliding_attention` for each layer'),
});
type QwenJson = z.infer<typeof qwenConfigSchema>;

/** A Qwen decoder's shape, checked. */
export interface QwenConfig extends DecoderConfig {
  /** Of q, k and v. */
  qkvBias: boolean;
  outBias: boolean;
  /** Qwen3: an RMS norm over each head's queries and keys. */
  headNorms: boolean;
}

const QWEN3_HEAD_DIM = 128;

/**
 * Reads a Qwen configuration from the parsed JSON of `config.json`, or of a `text_config`.
 * @param where file (and key) named in errors
 * @throws UserError listing every value that is malformed or asks for maths this family does not do
 */
export function parseQwenConfig(json: unknown, where = 'config.json'): QwenConfig {
  const options = { where, modelTypes: ['qwen2', 'qwen3'] };
  const { raw, config } = parseDecoderConfig(qwenConfigSchema, withHeadDim(json), {
    ...options,
    check(given, must) {
      const windows = slidingLayers(given);
      must(
        windows.length === 0,
        given.layer_types ? 'layer_types' : 'use_sliding_window',
        given.layer_types ?? given.use_sliding_window,
        `full attention in all layers (a window of ${given.sliding_window ?? 'no'} tokens is asked for in ${windows.length} of ${given.num_hidden_layers})`,
      );
    },
  });
  const isQwen3 = raw.model_type === 'qwen3';
  return {
    ...config,
    qkvBias: isQwen3 ? raw.attention_bias : true,
    outBias: isQwen3 && raw.attention_bias,
    headNorms: isQwen3,
  };
}

/** Qwen3's heads are 128 wide where the file does not say, whatever the width. */
function withHeadDim(json: unknown): unknown {
  const given = json as Record<string, unknown> | null;
  return given?.['model_type'] === 'qwen3' ? { ...given, head_dim: given['head_dim'] ?? QWEN3_HEAD_DIM } : json;
}

/** Layers that would see only a window: none where `use_sliding_window` is off, whatever `sliding_window` says. */
function slidingLayers(raw: QwenJson): number[] {
  const types = raw.layer_types;
  const all = Array.from({ length: raw.num_hidden_layers }, (_, index) => index);
  if (types) return all.filter((index) => types[index] !== undefined && types[index] !== 'full_attention');
  if (!raw.use_sliding_window || raw.sliding_window === null) return [];
  return all.filter((index) => index >= raw.max_window_layers);
}
