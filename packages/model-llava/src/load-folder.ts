import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import type { Decoder } from '@moslora/decoder';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';
import { z } from 'zod';
import type { LlavaLayout, PartPlace, PartsGiven } from './layouts/layout';
import { isLlavaFolder, openLayout } from './layouts/open-layout';
import { partsLayout, type LlavaPartFolders } from './layouts/parts';
import { LlavaModel } from './llava-model';
import { PartLoader, type LoadOptions } from './part-loader';
import { Projector } from './projector/projector';

const configSchema = z.looseObject({ model_type: z.string() });

/**
 * Loads a LLaVA folder in Hugging Face's layout, the original LLaVA's, or xtuner's: tower, projector, decoder and its adapters.
 * @throws UserError naming every value of config.json and every tensor that does not fit
 */
export async function loadLlavaFolder(dir: string, options: LoadOptions = {}): Promise<LlavaModel> {
  const layout = openLayout(dir, options);
  return PartLoader.use(dir, options, (parts) => assemble(layout, parts, 'projector'));
}

/**
 * Puts a LLaVA together from a tower folder and a decoder folder, with a saved projector or a fresh one drawn from `seed`.
 * @throws UserError naming every value and tensor that does not fit
 */
export async function composeLlava(
  folders: LlavaPartFolders,
  { seed = 'projector', ...options }: Omit<LoadOptions, 'source' | keyof PartsGiven> & { seed?: number | string } = {},
): Promise<LlavaModel> {
  return PartLoader.use(undefined, options, (parts) => assemble(partsLayout(folders), parts, seed));
}

/** Loads the LLaVA that a layout describes: tower, projector, decoder and their adapters. @throws UserError for all that does not fit */
export async function loadLayout(layout: LlavaLayout, options: Omit<LoadOptions, 'source'> = {}): Promise<LlavaModel> {
  return PartLoader.use(undefined, options, (parts) => assemble(layout, parts, 'projector'));
}

/** Loads the decoder that a place describes, with its adapter. */
export async function loadDecoder(place: PartPlace, options: Omit<LoadOptions, 'source'> = {}): Promise<Decoder> {
  return PartLoader.use(undefined, options, (parts) => parts.decoder(place));
}

/** Loads the decoder of a language model's folder, or of a LLaVA's. */
export async function loadDecoderFolder(dir: string, options: LoadOptions = {}): Promise<Decoder> {
  return PartLoader.use(dir, options, (parts) => parts.decoder(decoderPlace(dir, options)));
}

/** Loads the vision tower of a tower's folder, or of a LLaVA's; frozen. */
export async function loadVisionFolder(dir: string, options: LoadOptions = {}): Promise<VisionTower> {
  return PartLoader.use(dir, options, (parts) => parts.tower(towerPlace(dir, options)));
}

/** Where the decoder of a language model's folder, or of a LLaVA's, lies, and what its configuration says. */
export function decoderPlace(dir: string, given: PartsGiven = {}): PartPlace {
  return isLlavaFolder(dir) ? openLayout(dir, given).decoder : partIn(dir);
}

/** The same of the vision tower of a tower's folder, or of a LLaVA's. */
export function towerPlace(dir: string, given: PartsGiven = {}): PartPlace {
  return isLlavaFolder(dir) ? openLayout(dir, given).tower : partIn(dir);
}

function partIn(dir: string): PartPlace {
  const where = join(dir, 'config.json');
  return { weights: dir, config: readJson(where, configSchema), where };
}

async function assemble(layout: LlavaLayout, parts: PartLoader, seed: number | string): Promise<LlavaModel> {
  await parts.check(layout);
  const tower = parts.tower(layout.tower, layout.imageSize);
  const { weights, activation } = layout.projector;
  const saved = weights === undefined ? undefined : parts.projector({ ...layout.projector, weights });
  const decoder = await parts.decoder(layout.decoder);
  const visionSize = tower.config.hiddenSize * [layout.featureLayer].flat().length;
  const { hiddenSize } = decoder.config;
  const projector = saved ?? Projector.initialise({ visionSize, hiddenSize, bias: true, activation }, seed);
  const { pool = 1 } = layout;
  const choice = { layer: layout.featureLayer, select: selectionOf(layout, tower), ...(pool > 1 && { pool }) };
  return new LlavaModel({ tower, projector, decoder, choice, imageTokenId: layout.imageTokenId });
}

/** transformers leaves the first row out for `default` also where it is a patch: a tower without a class token then lacks one. */
function selectionOf({ name, featureSelect }: LlavaLayout, { config }: VisionTower): FeatureChoice['select'] {
  return featureSelect === 'default' && !config.classToken && name !== 'parts' ? 'tail' : featureSelect;
}
