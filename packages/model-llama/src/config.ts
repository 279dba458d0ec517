import { issueProblems } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { z } from 'zod';
import { ropeOf, ropeFields, type RopeConfig } from './rope-config';

/** What of a Hugging Face LLaMA `config.json` (or a LLaVA's `text_config`) decides the maths; other keys are ignored. */
export const llamaConfigSchema = z.looseObject({
  model_type: z.string().default('llama').describe('family; must be `llama`'),
  hidden_size: z.int().positive().default(4096).describe('D'),
  intermediate_size: z.int().positive().default(11008).describe('width inside the MLP'),
  num_hidden_layers: z.int().positive().default(32).describe('decoder layers'),
  num_attention_heads: z.int().positive().default(32).describe('H, query heads'),
  num_key_value_heads: z.int().positive().nullish().describe('key/value heads; default H'),
  head_dim: z.int().positive().nullish().describe('K; default D / H'),
  vocab_size: z.int().positive().default(32000).describe('V'),
  rms_norm_eps: z.number().positive().default(1e-6).describe('added to the mean square'),
  hidden_act: z.string().default('silu').describe('of the gated MLP; must be `silu`'),
  max_position_embeddings: z.int().positive().default(2048).describe('longest sequence it was trained on, in tokens'),
  tie_word_embeddings: z.boolean().default(false).describe('whether the head is the embedding table'),
  attention_bias: z.boolean().default(false).describe('whether q, k, v and o have biases'),
  mlp_bias: z.boolean().default(false).describe('whether gate, up and down have biases'),
  ...ropeFields,
});

/** A LLaMA decoder's shape, checked. */
export interface LlamaConfig {
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocabSize: number;
  rmsNormEps: number;
  maxPositions: number;
  tieWordEmbeddings: boolean;
  attentionBias: boolean;
  mlpBias: boolean;
  rope: RopeConfig;
}

/**
 * Reads a LLaMA configuration from the parsed JSON of `config.json`, or of its `text_config`.
 * @param where file (and key) named in errors
 * @throws UserError listing every value that is malformed or asks for maths this family does not do
 */
export function parseLlamaConfig(json: unknown, where = 'config.json'): LlamaConfig {
  const parsed = llamaConfigSchema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, json));
  const raw = parsed.data;
  const problems: Problem[] = [];
  const must = (ok: boolean, key: string, got: unknown, expected: string): void => {
    if (!ok)
      problems.push({ what: `unsupported ${key}`, where: `${where}: ${key}`, got: JSON.stringify(got), expected });
  };
  const heads = raw.num_attention_heads;
  const kvHeads = raw.num_key_value_heads ?? heads;
  must(raw.model_type === 'llama', 'model_type', raw.model_type, '"llama"');
  must(raw.hidden_act === 'silu', 'hidden_act', raw.hidden_act, '"silu"');
  must(heads % kvHeads === 0, 'num_key_value_heads', kvHeads, `a divisor of num_attention_heads = ${heads}`);
  const headDim = raw.head_dim ?? raw.hidden_size / heads;
  must(
    Number.isInteger(headDim) && headDim % 2 === 0,
    'head_dim',
    headDim,
    'an even whole number (hidden_size / num_attention_heads)',
  );
  const rope = ropeOf(raw, where, problems);
  if (problems.length > 0) fail(problems);
  return {
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    kvHeads,
    headDim,
    vocabSize: raw.vocab_size,
    rmsNormEps: raw.rms_norm_eps,
    maxPositions: raw.max_position_embeddings,
    tieWordEmbeddings: raw.tie_word_embeddings,
    attentionBias: raw.attention_bias,
    mlpBias: raw.mlp_bias,
    rope,
  };
}
