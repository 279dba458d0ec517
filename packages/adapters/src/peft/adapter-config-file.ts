import { readJson } from '@moslora/checkpoint';
import { fail, fromPattern, isModuleKey } from '@moslora/specs';
import { z } from 'zod';
import { scaleOf } from '../rslora/scale';
import { hasMixer, notUnderstood } from './not-understood';

const key = z.string().refine(isModuleKey, 'a regular expression');
const pattern = z.record(key, z.number().positive());

/** adapter_config.json as far as it says what the adapter computes; other fields are let through. */
export const adapterFileSchema = z.looseObject({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  lora_dropout: z.number().min(0).lt(1).default(0),
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  use_rslora: z.boolean().default(false),
  lora_use_mixer: z.boolean().optional(),
  use_moslora: z.union([z.boolean(), z.string()]).optional(),
  rank_pattern: pattern.nullish(),
  alpha_pattern: pattern.nullish(),
  layers_to_transform: z.unknown().optional(),
  init_lora_weights: z.unknown().optional(),
  bias: z.string().default('none'),
  fan_in_fan_out: z.boolean().default(false),
  use_dora: z.boolean().default(false),
  modules_to_save: z.array(z.string()).nullish(),
  lora_use_mixer_pattern: z.record(key, z.boolean()).nullish(),
});

export interface AdapterFileConfig {
  rank: number;
  alpha: number;
  dropout: number;
  rankStabilized: boolean;
  /** Whether every module has magnitudes (DoRA). */
  magnitudes: boolean;
  gaussianA: boolean;
  mixed(path: string): boolean;
  rankOf(path: string): number;
  /** s of the module's adapter. */
  scaleOf(path: string): number;
  /** Names of modules that have to have an adapter; undefined where the file gives them in another way than a list. */
  targets: string[] | undefined;
}

/** Reads adapter_config.json. Throws one UserError listing what in it asks for other maths than is done here. */
export function readAdapterConfig(path: string): AdapterFileConfig {
  const file = readJson(path, adapterFileSchema);
  const problems = notUnderstood(file, path);
  if (problems.length > 0) fail(problems);
  const { r: rank, lora_alpha: alpha, target_modules: targets } = file;
  const mixer = hasMixer(file);
  const rankOf = (module: string): number => fromPattern(file.rank_pattern, module) ?? rank;
  const listed = Array.isArray(targets) && file.layers_to_transform == null;
  return {
    rank,
    alpha,
    dropout: file.lora_dropout,
    rankStabilized: file.use_rslora,
    magnitudes: file.use_dora,
    gaussianA: file.init_lora_weights === 'gaussian',
    mixed: (module) => fromPattern(file.lora_use_mixer_pattern, module) ?? mixer,
    rankOf,
    scaleOf: (module) => scaleOf(fromPattern(file.alpha_pattern, module) ?? alpha, rankOf(module), file.use_rslora),
    targets: listed ? targets : undefined,
  };
}
