import { issueProblems } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { activationSchema, type Activation } from '@moslora/vision-encoder';
import { z } from 'zod';

const object = z.record(z.string(), z.unknown());

/** What transformers takes for a tower that the file leaves out: CLIP ViT-L/14 at 336. */
const clipLarge336 = {
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  image_size: 336,
  patch_size: 14,
};

/** What of a Hugging Face LLaVA's `config.json` decides the maths, beside its two parts' own configurations. */
export const llavaConfigSchema = z.looseObject({
  model_type: z.literal('llava').describe('LlavaForConditionalGeneration'),
  text_config: object.default({}).describe('the decoder; its model_type names the family'),
  vision_config: object.default(clipLarge336).describe('the vision tower'),
  image_token_index: z.int().optional().describe('the id that stands for one patch'),
  image_token_id: z.int().optional().describe('the same, as newer files spell it'),
  projector_hidden_act: activationSchema.default('gelu').describe('between the two linear layers'),
  multimodal_projector_bias: z.boolean().default(true),
  vision_feature_layer: z
    .union([z.int(), z.array(z.int()).min(1)])
    .default(-2)
    .describe('hidden state(s) of the tower'),
  vision_feature_select_strategy: z
    .enum(['default', 'full'])
    .default('default')
    .describe('`default` leaves the first row out, which is the class token where the tower has one'),
  tie_word_embeddings: z.boolean().optional(),
});

/** How tower, projector and decoder are put together. */
export interface LlavaConfig {
  text: Record<string, unknown>;
  vision: Record<string, unknown>;
  imageTokenId: number;
  projectorActivation: Activation;
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
    text: { model_type: 'llama', ...raw.text_config, ...tying(raw.text_config, raw.tie_word_embeddings) },
    vision: { model_type: 'clip_vision_model', ...raw.vision_config },
    imageTokenId: raw.image_token_index ?? raw.image_token_id ?? 32000,
    projectorActivation: raw.projector_hidden_act,
    projectorBias: raw.multimodal_projector_bias,
    featureLayer: raw.vision_feature_layer,
    featureSelect: raw.vision_feature_select_strategy,
  };
}

/** The head is the embedding table where the whole model's file or its text_config says so; a text_config may leave it open. */
function tying(text: Record<string, unknown>, whole: boolean | undefined): Record<string, unknown> {
  if (whole === true) return { tie_word_embeddings: true };
  return 'tie_word_embeddings' in text || whole === undefined ? {} : { tie_word_embeddings: whole };
}
