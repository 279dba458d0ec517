import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { huggingfaceLayout } from './huggingface';
import type { LlavaLayout, PartsGiven } from './layout';
import { isOriginalConfig, originalLayout } from './original';
import { isSavedParts, savedPartsLayout } from './saved-parts';
import { isXtunerFolder, xtunerLayout } from './xtuner';

const configSchema = z.record(z.string(), z.unknown());

/**
 * Reads where the parts of a LLaVA folder are: Hugging Face's layout, the original LLaVA's, xtuner's, or parts beside each other.
 * @throws UserError when the folder is none of them, a part it names cannot be found, or a value asks for maths not done here
 */
export function openLayout(dir: string, given: PartsGiven = {}): LlavaLayout {
  const layout = layoutOf(dir, given);
  return { ...layout, imageTokenId: layout.imageTokenId ?? given.imageTokenId };
}

function layoutOf(dir: string, given: PartsGiven): LlavaLayout {
  if (isSavedParts(dir)) return savedPartsLayout(dir);
  if (isXtunerFolder(dir)) return xtunerLayout(dir, given);
  const json = configOf(dir);
  if (isOriginalConfig(json)) return originalLayout(dir, json, given);
  return huggingfaceLayout(dir, json);
}

/** Whether a folder holds a LLaVA, in any of its layouts. @throws UserError where it holds no model at all */
export function isLlavaFolder(dir: string): boolean {
  if (isXtunerFolder(dir) || isSavedParts(dir)) return true;
  const json = configOf(dir);
  return isOriginalConfig(json) || json['model_type'] === 'llava';
}

function configOf(dir: string): Record<string, unknown> {
  const path = join(dir, 'config.json');
  if (!existsSync(path))
    fail({ what: 'The folder holds no model', where: dir, expected: 'config.json with model.safetensors beside it' });
  return readJson(path, configSchema);
}
