import { issueProblems } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { z } from 'zod';
import type { DecoderShape } from '../contract';
import { ropeFields, ropeOf, type RopeConfig } from './rope-config';

/** What a file may leave out, as the family's published configuration class has it. */
export interface ConfigDefaults {
  modelType: string;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  vocabSize: number;
  maxPositions: number;
}

/** The keys of a Hugging Face `config.json` (or a LLaVA's `text_config`) that decide the maths in every family. */
export function decoderFields(defaults: ConfigDefaults) {
  return {
    model_type: z.string().default(defaults.modelType).describe('family'),
    hidden_size: z.int().positive().default(defaults.hiddenSize).describe('D'),
    intermediate_size: z.int().positive().default(defaults.intermediateSize).describe('width inside the MLP'),
    num_hidden_layers: z.int().positive().default(defaults.layers).describe('decoder layers'),
    num_attention_heads: z.int().positive().default(defaults.heads).describe('H, query heads'),
    num_key_value_heads: z.int().positive().nullish().describe('key/value heads; default H'),
    head_dim: z.int().positive().nullish().describe('K; default D / H'),
    vocab_size: z.int().positive().default(defaults.vocabSize).describe('V'),
    rms_norm_eps: z.number().positive().default(1e-6).describe('added to the mean square'),
    hidden_act: z.string().default('silu').describe('of the gated MLP; must be `silu`'),
    max_position_embeddings: z
      .int()
      .positive()
      .default(defaults.maxPositions)
      .describe('longest sequence it was trained on, in tokens'),
    tie_word_embeddings: z.boolean().default(false).describe('whether the head is the embedding table'),
    ...ropeFields,
  };
}

type DecoderJson = z.infer<z.ZodObject<ReturnType<typeof decoderFields>>>;

/** A decoder's shape, checked. */
export interface DecoderConfig extends DecoderShape {
  intermediateSize: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  rmsNormEps: number;
  tieWordEmbeddings: boolean;
  rope: RopeConfig;
}

/** Reports a value that asks for other maths than the family does. */
export type Must = (ok: boolean, key: string, got: unknown, expected: string) => void;

/**
 * Reads what all families share of the parsed JSON of `config.json`, or of its `text_config`.
 * @param options.where file (and key) named in errors
 * @param options.check what the family itself asks of the file
 * @throws UserError listing every value that is malformed or asks for maths the family does not do
 */
export function parseDecoderConfig<T extends DecoderJson>(
  schema: z.ZodType<T>,
  json: unknown,
  options: { where: string; modelTypes: readonly string[]; check?(raw: T, must: Must): void },
): { raw: T; config: DecoderConfig } {
  const { where, modelTypes, check } = options;
  const parsed = schema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, json));
  const raw = parsed.data;
  const problems: Problem[] = [];
  const must: Must = (ok, key, got, expected) => {
    if (!ok)
      problems.push({ what: `unsupported ${key}`, where: `${where}: ${key}`, got: JSON.stringify(got), expected });
  };
  const heads = raw.num_attention_heads;
  const kvHeads = raw.num_key_value_heads ?? heads;
  const headDim = raw.head_dim ?? raw.hidden_size / heads;
  const quoted = modelTypes.map((type) => `"${type}"`).join(' or ');
  must(modelTypes.includes(raw.model_type), 'model_type', raw.model_type, quoted);
  must(raw.hidden_act === 'silu', 'hidden_act', raw.hidden_act, '"silu"');
  must(heads % kvHeads === 0, 'num_key_value_heads', kvHeads, `a divisor of num_attention_heads = ${heads}`);
  const whole = Number.isInteger(headDim) && headDim % 2 === 0;
  must(whole, 'head_dim', headDim, 'an even whole number (hidden_size / num_attention_heads)');
  check?.(raw, must);
  const rope = ropeOf(raw, where, problems);
  if (problems.length > 0) fail(problems);
  const config: DecoderConfig = {
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
    rope,
  };
  return { raw, config };
}
