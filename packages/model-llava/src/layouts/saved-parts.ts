import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { adapterFiles, adapterParts, type ModelPart } from '@moslora/adapters';
import { readJson } from '@moslora/checkpoint';
import { readPreprocessorConfig } from '@moslora/images';
import { z } from 'zod';
import type { LlavaLayout } from './layout';
import { partPlace } from './part-place';
import { savedProjector } from './saved-projector';

/** Names of what such a folder holds beside its decoder. */
export const savedParts = {
  about: 'moslora.json',
  tower: 'tower',
  projector: 'projector.safetensors',
  adapter: 'adapter',
} as const;

/** moslora.json: how decoder, tower and projector go together where Hugging Face's LLaVA has no field for it. */
export const savedPartsSchema = z.strictObject({
  format: z.literal(1).describe('of this file'),
  features: z.strictObject({
    layer: z.union([z.int(), z.array(z.int()).min(1)]).describe('hidden state of the tower; several are joined'),
    select: z.enum(['default', 'full']).describe('default drops the class token, where there is one'),
    pool: z.int().positive().default(1).describe('averages pool x pool neighbouring patches'),
    imageSize: z.int().positive().optional().describe("side of the pictures, where it is not the tower's"),
  }),
});
export type SavedParts = z.infer<typeof savedPartsSchema>;

/** Whether a folder holds a language model with a tower and a projector beside it. */
export function isSavedParts(dir: string): boolean {
  return existsSync(join(dir, savedParts.about));
}

/** A language model's folder with `tower/`, `projector.safetensors` and moslora.json in it; and `adapter/`, where that is not merged. */
export function savedPartsLayout(dir: string): LlavaLayout {
  const { features } = readJson(join(dir, savedParts.about), savedPartsSchema);
  const tower = join(dir, savedParts.tower);
  const adapter = join(dir, savedParts.adapter);
  const adapted = existsSync(join(adapter, adapterFiles.config)) ? adapterParts(adapter) : new Set<ModelPart>();
  return {
    name: 'parts',
    decoder: { ...partPlace(dir), adapter: adapted.has('decoder') ? adapter : undefined },
    tower: { ...partPlace(tower), adapter: adapted.has('tower') ? adapter : undefined },
    projector: savedProjector(join(dir, savedParts.projector)),
    featureLayer: features.layer,
    featureSelect: features.select,
    pool: features.pool,
    imageSize: features.imageSize,
    imageTokenId: undefined,
    tokenizer: dir,
    processor: () => readPreprocessorConfig(tower),
  };
}
