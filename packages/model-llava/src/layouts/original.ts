import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issueProblems, readJson, WeightFolder } from '@moslora/checkpoint';
import { clipProcessor, padded, readPreprocessorConfig, type ImageProcessor } from '@moslora/images';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { findPart } from './find-part';
import { knownTowers } from './known-towers';
import type { LlavaLayout, PartPlace, PartsGiven } from './layout';

/** What the original LLaVA's config.json adds to its decoder's; the other keys are the decoder's own. */
const originalSchema = z.looseObject({
  model_type: z.string(),
  architectures: z.array(z.string()).nullish(),
  mm_vision_tower: z.string().nullish().describe('a repository, or a path'),
  mm_projector_type: z
    .string()
    .regex(/^(linear|mlp[1-9]\d*x_gelu)$/, 'expected linear or mlp2x_gelu (any depth)')
    .default('linear'),
  mm_vision_select_layer: z.int().default(-2),
  mm_vision_select_feature: z.enum(['patch', 'cls_patch']).default('patch'),
  mm_patch_merge_type: z.literal('flat').default('flat').describe('pictures as one tile; others are LLaVA-NeXT'),
  mm_use_im_start_end: z.literal(false).nullish().describe('LLaVA-1.5 puts no brackets around pictures'),
  image_aspect_ratio: z.enum(['square', 'pad']).nullish().describe('pad: pictures are padded to squares first'),
  s2: z.literal(false).nullish(),
});
type Original = z.infer<typeof originalSchema>;

const anyJson = z.record(z.string(), z.unknown());

/** Whether config.json is one of the original LLaVA's: the decoder's own, with `mm_…` keys added. */
export function isOriginalConfig(json: Record<string, unknown>): boolean {
  return (
    !('text_config' in json) && ['mm_vision_tower', 'mm_projector_type', 'mm_hidden_size'].some((key) => key in json)
  );
}

/** A folder of the original LLaVA: decoder and `model.mm_projector`, the tower inside (`model.vision_tower.…`) or elsewhere. */
export function originalLayout(dir: string, json: Record<string, unknown>, given: PartsGiven): LlavaLayout {
  const where = join(dir, 'config.json');
  const parsed = originalSchema.safeParse(json);
  if (!parsed.success) return fail(issueProblems(parsed.error, where, json));
  const raw = parsed.data;
  const { tower, files } = towerOf(dir, raw, given);
  const linear = raw.mm_projector_type === 'linear';
  return {
    name: 'original',
    decoder: { weights: dir, config: { ...json, model_type: familyOf(raw) }, where },
    tower,
    projector: {
      weights: dir,
      activation: 'gelu',
      depth: linear ? 1 : Number(/\d+/.exec(raw.mm_projector_type)?.[0]),
      bias: true,
    },
    featureLayer: raw.mm_vision_select_layer,
    // Its SigLIP towers give all patches whatever is selected: there is no class token to leave out.
    featureSelect: raw.mm_vision_select_feature === 'patch' && !isSiglip(tower) ? 'default' : 'full',
    imageTokenId: undefined,
    tokenizer: dir,
    processor() {
      const own = existsSync(join(dir, 'preprocessor_config.json')) ? dir : files;
      const processor = own === undefined ? clipDefaults(tower) : readPreprocessorConfig(own);
      return raw.image_aspect_ratio === 'pad' ? padded(processor) : processor;
    },
  };
}

/** The decoder's family: LlavaLlamaForCausalLM, LlavaQwenForCausalLM and so on say it, or a model_type such as `llava_qwen`. */
function familyOf({ architectures, model_type: type }: Original): string {
  const inClass = /^Llava(\w+)ForCausalLM$/.exec(architectures?.[0] ?? '')?.[1]?.toLowerCase();
  const family = inClass ?? (type.replace(/^llava_?/, '') || 'llama');
  return family === 'qwen' ? 'qwen2' : family;
}

/** The tower, and the folder of its own files where there is one. */
function towerOf(dir: string, raw: Original, given: PartsGiven): { tower: PartPlace; files: string | undefined } {
  const source = WeightFolder.open(dir);
  const inside = source.names().some((name) => name.startsWith('model.vision_tower.'));
  source.close();
  const named = raw.mm_vision_tower ?? undefined;
  const known = inside && given.tower === undefined && named !== undefined ? knownTowers[named] : undefined;
  if (known !== undefined)
    return { tower: { weights: dir, config: known, where: `${named}: config.json` }, files: undefined };
  const files = findPart({ what: 'vision tower', given: given.tower, named, from: dir, option: 'tower' });
  const where = join(files, 'config.json');
  return { tower: { weights: inside ? dir : files, config: readJson(where, anyJson), where }, files };
}

function isSiglip({ config }: PartPlace): boolean {
  return config['model_type'] === 'siglip_vision_model' || config['model_type'] === 'siglip';
}

/** CLIP's preprocessing at the size of one of the known towers. */
function clipDefaults({ config }: PartPlace): ImageProcessor {
  const side = config['image_size'] as number;
  if (config['model_type'] === 'clip_vision_model') return { ...clipProcessor(side), fit: 'crop' };
  const half = [0.5, 0.5, 0.5] as const;
  return { size: side, mean: half, std: half, fit: 'squash', resample: 'bicubic' };
}
