import { issueProblems } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';

const object = z.record(z.string(), z.unknown());

/** What of a Hugging Face LLaVA's `config.json` decides the maths, beside its two parts' own configurations. */
export const llavaConfigSchema = z.looseObject({
  model_type: z.literal('llava').describe('LlavaForConditionalGeneration'),
  text_config: object.describe('the decoder; its model_type names the family'),
  vision_config: object.describe('the vision tower'),
  image_token_index: z.int().optional().describe('the id that stands for one patch'),
  image_token_id: z.int().optional().describe('the same, as newer files spell it'),
  projector_hidden_act: z.literal('gelu').default('gelu').describe('between the two linear layers; erf'),
  multimodal_projector_bias: z.boolean().default(true),
  vision_feature_layer: z
    .union([z.int(), z.array(z.int()).min(1)])
    .default(-2)
    .describe('hidden state(s) of the tower'),
  vision_feature_select_strategy: z
    .enum(['default', 'full'])
    .default('default')
    .describe('`default` leaves the class token out'),
});

/** How tower, projector and decoder are put together. */
export interface LlavaConfig {
  text: Record<string, unknown>;
  vision: Record<string, unknown>;
  imageTokenId: number;
  projectorBias: boolean;
  featureLayer: number | number[];
  featureSelect: 'default' | 'full';
}

/**
 * Reads a LLaVA's configuration from the parsed JSON of `config.json`.
 * @throws UserError listing every value that is malformed or asks for maths this composition does not do
 */
export function parseLlavaConfig(json: unknown, where = 'config.json'): LlavaConfig {
  const parsed = llavaConfigSchema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, json));
  const raw = parsed.data;
  return {
    text: textConfig(raw.text_config, raw['tie_word_embeddings']),
    vision: raw.vision_config,
    imageTokenId: raw.image_token_index ?? raw.image_token_id ?? 32000,
    projectorBias: raw.multimodal_projector_bias,
    featureLayer: raw.vision_feature_layer,
    featureSelect: raw.vision_feature_select_strategy,
  };
}

/** A `text_config` that leaves tying open takes it from the whole model's file. */
function textConfig(text: Record<string, unknown>, tied: unknown): Record<string, unknown> {
  return 'tie_word_embeddings' in text || tied === undefined ? text : { ...text, tie_word_embeddings: tied };
}
