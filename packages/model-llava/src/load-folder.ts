import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, WeightFolder, type WeightSource } from '@moslora/checkpoint';
import type { Decoder, DecoderOptions } from '@moslora/decoder';
import { fail, type Problem } from '@moslora/specs';
import { parseTowerConfig, VisionTower } from '@moslora/vision-encoder';
import { z } from 'zod';
import { parseLlavaConfig } from './config';
import { denseView } from './dense-view';
import { familyFor } from './families';
import { LlavaModel } from './llava-model';
import { Projector } from './projector';

const configSchema = z.looseObject({ model_type: z.string() });

export interface LoadOptions extends Omit<DecoderOptions, 'prefix' | 'where'> {
  /** Read the tensors from here instead of from the folder (its config.json is read either way). */
  source?: WeightSource;
}

/**
 * Loads a Hugging Face LLaVA folder: tower, projector and decoder, wherever in the file they lie.
 * @throws UserError naming every value of config.json and every tensor that does not fit
 */
export async function loadLlavaFolder(dir: string, options: LoadOptions = {}): Promise<LlavaModel> {
  const where = join(dir, 'config.json');
  const config = parseLlavaConfig(readJson(where, configSchema), where);
  const family = await familyFor(config.text['model_type'] ?? 'llama', `${where}: text_config`);
  const towerConfig = parseTowerConfig(config.vision, `${where}: vision_config`);
  const source = options.source ?? WeightFolder.open(dir);
  const dense = denseView(source);
  const loaded: { dispose(): void }[] = [];
  const keep = <T extends { dispose(): void }>(part: T): T => (loaded.push(part), part);
  try {
    const tower = keep(VisionTower.load(dense, towerConfig));
    const projector = keep(Projector.load(dense));
    const decoder = keep(family.load(source, config.text, { ...options, where: `${where}: text_config` }));
    checkWidths(where, projector, decoder, tower.config.hiddenSize * [config.featureLayer].flat().length);
    const choice = { layer: config.featureLayer, select: config.featureSelect };
    return new LlavaModel({ tower, projector, decoder, choice, imageTokenId: config.imageTokenId });
  } catch (error) {
    for (const part of loaded) part.dispose();
    throw error;
  } finally {
    if (!options.source) source.close();
  }
}

/** Loads the decoder of a Hugging Face folder of a language model. */
export async function loadDecoderFolder(dir: string, options: LoadOptions = {}): Promise<Decoder> {
  const where = join(dir, 'config.json');
  const config = readJson(where, configSchema);
  const family = await familyFor(config.model_type, where);
  const source = options.source ?? WeightFolder.open(dir);
  try {
    return family.load(source, config, { ...options, where });
  } finally {
    if (!options.source) source.close();
  }
}

/** Whether a folder's config.json describes a LLaVA. */
export function isLlavaFolder(dir: string): boolean {
  const path = join(dir, 'config.json');
  if (!existsSync(path))
    fail({ what: 'The folder holds no model', where: dir, expected: 'config.json with model.safetensors beside it' });
  return readJson(path, configSchema).model_type === 'llava';
}

function checkWidths(where: string, { shape }: Projector, decoder: Decoder, visionSize: number): void {
  const problems: Problem[] = [];
  if (shape.visionSize !== visionSize)
    problems.push({
      what: "The projector does not fit the tower's features",
      where,
      got: `width ${shape.visionSize}`,
      expected: String(visionSize),
    });
  if (shape.hiddenSize !== decoder.config.hiddenSize)
    problems.push({
      what: 'The projector does not fit the decoder',
      where,
      got: `width ${shape.hiddenSize}`,
      expected: String(decoder.config.hiddenSize),
    });
  if (problems.length > 0) fail(problems);
}
