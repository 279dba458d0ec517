import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeSafetensors, type WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { quantizationConfig, quantizationOf } from '../bitsandbytes/quantization-config';
import { nf4ToEntries } from '../bitsandbytes/write';
import type { FloatType } from '../code/decode';
import { layersToQuantize } from './choose-layers';
import { chooseType } from './choose-type';
import { LayerPlan } from './layer-plan';
import { narrowed } from './narrow';

export interface QuantizeFolderOptions {
  /** Double quantisation; default true. */
  double?: boolean;
  /** Modules to leave as they are besides embeddings, norms and head: a last name, or (the end of) a path. */
  skip?: readonly string[];
  /** Of what is not quantised, and of dequantised values. Default: the 16-bit type of the config or the file, else bfloat16. */
  dtype?: FloatType;
  /** Files to put beside the weights: tokenizer, generation config. */
  copy?: readonly string[];
  /** Called as work goes on; `done` of `total` counts weights, each twice (once scanned, once written). */
  onProgress?(progress: { tensor: string; done: number; total: number }): void;
}

export interface QuantizeSummary {
  /** Matrices in 4 bits. */
  quantized: number;
  /** Tensors left in 16 bits. */
  kept: number;
  dtype: FloatType;
  /** Weights in 4 bits. */
  weights: number;
  /** Stored bits of each, scales included. */
  bitsPerWeight: number;
  /** √(Σ(ŵ - w)² / Σw²) over all weights in 4 bits. */
  relativeError: number;
}

/**
 * Writes `source` as a Hugging Face folder `outDir` (config.json, model.safetensors) whose decoder projections are NF4 in
 * bitsandbytes' layout; everything else is kept in 16 bits. One tensor at a time is in memory, besides the scales. The folder
 * appears when it is whole. Throws a UserError for weights that are quantised already or not finite, and for unknown `skip` entries.
 */
export async function quantizeFolder(
  source: WeightSource,
  config: Record<string, unknown>,
  outDir: string,
  options: QuantizeFolderOptions = {},
): Promise<QuantizeSummary> {
  const { double = true, skip = [], copy = [] } = options;
  refuseQuantized(config, source.where);
  const names = layersToQuantize(source, skip);
  const dtype = options.dtype ?? chooseType(source, config);
  const total = 2 * names.reduce((sum, name) => sum + sizeOf(source, name), 0);
  let done = 0;
  const advance = (tensor: string): void => {
    done += sizeOf(source, tensor);
    options.onProgress?.({ tensor, done, total });
  };
  const plans = names.map((name) => {
    const plan = new LayerPlan(source, name, { double, dtype });
    advance(name);
    return plan;
  });
  const inFour = new Set(names);
  const kept = source.names().filter((name) => !inFour.has(name));
  await withNewFolder(outDir, (dir) => {
    const entries = plans.flatMap((plan) =>
      nf4ToEntries(plan.name, {
        ...plan.scales,
        packed: () => {
          const packed = plan.encode();
          advance(plan.name);
          return packed;
        },
      }),
    );
    writeSafetensors(join(dir, 'model.safetensors'), [
      ...entries,
      ...kept.map((name) => narrowed(source, name, dtype)),
    ]);
    writeFileAtomic(
      join(dir, 'config.json'),
      `${JSON.stringify(quantizedConfig(config, kept, { double, dtype, skip }), null, 2)}\n`,
    );
    for (const file of copy) copyFileSync(file, join(dir, basename(file)));
  });
  return { ...summary(plans), kept: kept.length, dtype };
}

function sizeOf(source: WeightSource, name: string): number {
  return source.info(name).shape.reduce((product, size) => product * size, 1);
}

function refuseQuantized(config: Record<string, unknown>, where: string): void {
  const method = quantizationOf(config);
  if (method === undefined) return;
  fail({
    what: 'The model is quantised already',
    where: `${where}, config.json, quantization_config`,
    got: method,
    fix: 'start from the 16-bit checkpoint',
  });
}

function quantizedConfig(
  config: Record<string, unknown>,
  kept: readonly string[],
  { double, dtype, skip }: { double: boolean; dtype: FloatType; skip: readonly string[] },
): Record<string, unknown> {
  const parts = ['multi_modal_projector', 'vision_tower'];
  const skipped = ['lm_head', ...parts.filter((part) => kept.some((name) => name.includes(`${part}.`))), ...skip];
  return {
    ...config,
    ['dtype' in config ? 'dtype' : 'torch_dtype']: dtype,
    quantization_config: quantizationConfig({ double, computeType: dtype, skip: [...new Set(skipped)] }),
  };
}

function summary(plans: readonly LayerPlan[]): Omit<QuantizeSummary, 'kept' | 'dtype'> {
  const sum = (value: (plan: LayerPlan) => number): number => plans.reduce((total, plan) => total + value(plan), 0);
  const weights = sum(({ count }) => count);
  return {
    quantized: plans.length,
    weights,
    bitsPerWeight: (8 * sum(({ bytes }) => bytes)) / weights,
    relativeError: Math.sqrt(
      sum(({ squaredError }) => squaredError) /
        Math.max(
          sum(({ squares }) => squares),
          Number.MIN_VALUE,
        ),
    ),
  };
}
