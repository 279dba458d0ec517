import { issueProblems } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { z } from 'zod';

const sizes = {
  hidden_size: z.int().positive().default(768).describe('D'),
  intermediate_size: z.int().positive().default(3072).describe('width inside the MLP'),
  num_hidden_layers: z.int().positive().default(12).describe('encoder layers'),
  num_attention_heads: z.int().positive().default(12).describe('H'),
  num_channels: z.literal(3).default(3).describe('colour planes; must be 3'),
  image_size: z.int().positive().default(224).describe('S, side of the picture in pixels'),
};
const activation = z.enum(['gelu', 'quick_gelu', 'gelu_pytorch_tanh']);

/** What of a Hugging Face vision tower's `config.json` decides the maths; other keys are ignored. */
export const towerConfigSchema = z.discriminatedUnion('model_type', [
  z.looseObject({
    model_type: z.literal('clip_vision_model'),
    ...sizes,
    patch_size: z.int().positive().default(32),
    hidden_act: activation.default('quick_gelu'),
    layer_norm_eps: z.number().positive().default(1e-5),
    projection_dim: z.int().positive().default(512),
  }),
  z.looseObject({
    model_type: z.literal('siglip_vision_model'),
    ...sizes,
    patch_size: z.int().positive().default(16),
    hidden_act: activation.default('gelu_pytorch_tanh'),
    layer_norm_eps: z.number().positive().default(1e-6),
  }),
  z.looseObject({
    model_type: z.literal('vit'),
    ...sizes,
    patch_size: z.int().positive().default(16),
    hidden_act: activation.default('gelu'),
    layer_norm_eps: z.number().positive().default(1e-12),
    qkv_bias: z.boolean().default(true),
  }),
]);
export type TowerKind = z.infer<typeof towerConfigSchema>['model_type'];
export type Activation = z.infer<typeof activation>;

/** A vision tower's shape, checked. */
export interface TowerConfig {
  kind: TowerKind;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  imageSize: number;
  patchSize: number;
  activation: Activation;
  layerNormEps: number;
  /** Whether a class token stands before the patches. */
  classToken: boolean;
  /** Whether the embeddings are normalised before the first layer (CLIP). */
  preNorm: boolean;
  patchBias: boolean;
  qkvBias: boolean;
}

/** Patches of a picture, N. */
export function patchCount(config: Pick<TowerConfig, 'imageSize' | 'patchSize'>): number {
  return (config.imageSize / config.patchSize) ** 2;
}

/**
 * Reads a tower's configuration from the parsed JSON of `config.json`, or of a LLaVA's `vision_config`. A whole CLIP or SigLIP
 * model's file gives its `vision_config`.
 * @param where file (and key) named in errors
 * @throws UserError listing every value that is malformed or asks for maths these towers do not do
 */
export function parseTowerConfig(json: unknown, where = 'config.json'): TowerConfig {
  const nested = typeof json === 'object' && json !== null && 'vision_config' in json ? json.vision_config : json;
  const parsed = towerConfigSchema.safeParse(nested);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, nested));
  const raw = parsed.data;
  const problems: Problem[] = [];
  if (raw.hidden_size % raw.num_attention_heads !== 0) {
    problems.push({
      what: 'num_attention_heads does not divide hidden_size',
      where,
      got: `${raw.num_attention_heads} and ${raw.hidden_size}`,
    });
  }
  if (raw.image_size % raw.patch_size !== 0) {
    problems.push({
      what: 'patch_size does not divide image_size',
      where,
      got: `${raw.patch_size} and ${raw.image_size}`,
    });
  }
  if (problems.length > 0) fail(problems);
  return {
    kind: raw.model_type,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads: raw.num_attention_heads,
    imageSize: raw.image_size,
    patchSize: raw.patch_size,
    activation: raw.hidden_act,
    layerNormEps: raw.layer_norm_eps,
    classToken: raw.model_type !== 'siglip_vision_model',
    preNorm: raw.model_type === 'clip_vision_model',
    patchBias: raw.model_type !== 'clip_vision_model',
    qkvBias: raw.model_type === 'vit' ? raw.qkv_bias : true,
  };
}
