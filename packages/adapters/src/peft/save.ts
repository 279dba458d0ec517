import { join } from 'node:path';
import { writeFileAtomic, writeSafetensors } from '@moslora/checkpoint';
import type { AdapterFactors } from '../linear/adapter-factors';
import { alphaOf } from '../rslora/scale';
import type { AdapterSettings } from '../set/adapter-set';
import { adapterFiles } from './files';

interface SaveSettings extends AdapterSettings {
  dropout: number;
  baseModel: string | undefined;
}

/** Writes the adapter in PEFT's layout; the config last, so that it stands beside whole weights. */
export function saveAdapter(dir: string, factors: readonly AdapterFactors[], settings: SaveSettings): void {
  const tensors = factors
    .flatMap((one) => one.all())
    .map(({ name, value }) => ({
      name,
      dtype: 'F32' as const,
      shape: value.shape,
      data: () => value.dataSync<'float32'>(),
    }));
  const trainMixer = factors.some(({ mixer }) => mixer?.trainable);
  // Of use to this program alone; readers of the format pass over it, as they would not over a field of the config.
  const { method, loraPlusRatio } = settings;
  const metadata = { moslora: JSON.stringify({ method, trainMixer, ...(loraPlusRatio !== 1 && { loraPlusRatio }) }) };
  writeSafetensors(join(dir, adapterFiles.weights), tensors, metadata);
  const config = peftConfig(factors, settings);
  writeFileAtomic(join(dir, adapterFiles.config), `${JSON.stringify(config, null, 2)}\n`);
}

function peftConfig(factors: readonly AdapterFactors[], settings: SaveSettings): Record<string, unknown> {
  const { rank, alpha, rankStabilized, dropout, baseModel, aInit } = settings;
  const differs = (a: number, b: number): boolean => Math.abs(a - b) > 1e-6 * b;
  const exceptions = (value: (one: AdapterFactors) => number, usual: number): Record<string, number> =>
    Object.fromEntries(factors.filter((one) => differs(value(one), usual)).map((one) => [one.path, value(one)]));
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel ?? null,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    bias: 'none',
    // Plain LoRA files stay readable to programs that refuse fields they do not know.
    ...(factors.some(({ mixer }) => mixer !== undefined) && { lora_use_mixer: true }),
    use_rslora: rankStabilized,
    use_dora: factors.some(({ magnitude }) => magnitude !== undefined),
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: aInit === 'gaussian' ? 'gaussian' : true,
    modules_to_save: null,
    rank_pattern: exceptions((one) => one.rank, rank),
    alpha_pattern: exceptions((one) => alphaOf(one.scale, one.rank, rankStabilized), alpha),
    target_modules: settings.targets,
  };
}
