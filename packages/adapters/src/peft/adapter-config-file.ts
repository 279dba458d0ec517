import { readJson } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { z } from 'zod';

const pattern = z.record(z.string(), z.number());

/** adapter_config.json as far as it says what the adapter computes; other fields are let through. */
const fileSchema = z.looseObject({
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
  lora_use_mixer_pattern: z.record(z.string(), z.boolean()).nullish(),
});

export interface AdapterFileConfig {
  rank: number;
  alpha: number;
  dropout: number;
  rankStabilized: boolean;
  gaussianA: boolean;
  mixed(path: string): boolean;
  rankOf(path: string): number;
  alphaOf(path: string): number;
  /** Names of modules that have to have an adapter; undefined where the file gives them in another way than a list. */
  targets: string[] | undefined;
}

/** Reads adapter_config.json. Throws one UserError listing what in it is not supported here. */
export function readAdapterConfig(path: string): AdapterFileConfig {
  const file = readJson(path, fileSchema);
  const problems = unsupported(file, path);
  if (problems.length > 0) fail(problems);
  const { r: rank, lora_alpha: alpha, target_modules: targets } = file;
  const mixer = file.lora_use_mixer ?? (Boolean(file.use_moslora) || file.peft_type === 'MOSLORA');
  const listed = Array.isArray(targets) && file.layers_to_transform == null;
  return {
    rank,
    alpha,
    dropout: file.lora_dropout,
    rankStabilized: file.use_rslora,
    gaussianA: file.init_lora_weights === 'gaussian',
    mixed: (module) => fromPattern(file.lora_use_mixer_pattern, module) ?? mixer,
    rankOf: (module) => fromPattern(file.rank_pattern, module) ?? rank,
    alphaOf: (module) => fromPattern(file.alpha_pattern, module) ?? alpha,
    targets: listed ? targets : undefined,
  };
}

/** The value whose key is the module's path or the end of it. */
function fromPattern<T>(patterns: Record<string, T> | null | undefined, module: string): T | undefined {
  return Object.entries(patterns ?? {}).find(([key]) => module === key || module.endsWith(`.${key}`))?.[1];
}

function unsupported(file: z.infer<typeof fileSchema>, path: string): Problem[] {
  const checks: [field: string, bad: boolean, expected: string][] = [
    ['peft_type', !['LORA', 'MOSLORA'].includes(file.peft_type), 'LORA (with lora_use_mixer for MoSLoRA)'],
    ['bias', file.bias !== 'none', 'none'],
    ['fan_in_fan_out', file.fan_in_fan_out, 'false: weights are (out, in)'],
    ['use_dora', file.use_dora, 'false'],
    ['modules_to_save', (file.modules_to_save ?? []).length > 0, 'none'],
  ];
  return checks.flatMap(([field, bad, expected]): Problem[] =>
    bad
      ? [
          {
            what: 'The adapter uses what is not supported here',
            where: `${path}, ${field}`,
            got: JSON.stringify(file[field]),
            expected,
          },
        ]
      : [],
  );
}
