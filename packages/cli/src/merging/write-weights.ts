import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  narrowed,
  tensorSource,
  writeFileAtomic,
  writeSafetensors,
  writeShardedSafetensors,
  type TensorToWrite,
  type WeightSource,
} from '@moslora/checkpoint';
import type { MergedModel, MergedWeights } from '@moslora/model-llava';
import { quantizeFolder } from '@moslora/quantized-base';

/** What weights are stored as. */
export const storedTypes = ['bfloat16', 'float16', 'nf4'] as const;
export type StoredAs = (typeof storedTypes)[number];

export interface WriteOptions {
  as: StoredAs;
  /** Quantise the block maxima of NF4 too. */
  double: boolean;
  maxShardBytes?: number | undefined;
  /** Told of values as they are written. */
  onValues?(count: number): void;
}

/** Of what is not in 4 bits. */
const denseType = (as: StoredAs): 'F16' | 'BF16' => (as === 'float16' ? 'F16' : 'BF16');
const typeName = (as: StoredAs): 'float16' | 'bfloat16' => (as === 'float16' ? 'float16' : 'bfloat16');

/** Writes all weights of a model into `dir`, one tensor in memory at a time, each set with its config.json. */
export async function writeWeights(dir: string, { weights }: MergedModel, options: WriteOptions): Promise<void> {
  const [main, ...others] = weights;
  if (options.as === 'nf4') await writeNf4(dir, main, options);
  else writeDense(dir, main, options);
  for (const each of others) writeDense(dir, each, options);
}

function writeDense(
  dir: string,
  { place, tensors, config, metadata }: MergedWeights,
  { as, maxShardBytes, onValues }: WriteOptions,
): void {
  const source = counted(narrowed(tensorSource('the merged model', tensors), denseType(as)), onValues);
  const written = tensors.map(({ name }): TensorToWrite => {
    const { dtype, shape } = source.info(name);
    return { name, dtype, shape, data: () => source.bytes(name) };
  });
  if (config === undefined) return writeSafetensors(join(dir, place), written, { format: 'pt', ...metadata });
  const folder = join(dir, place);
  mkdirSync(folder, { recursive: true });
  writeShardedSafetensors(folder, written, { maxShardBytes, metadata: { format: 'pt' } });
  writeFileAtomic(join(folder, 'config.json'), `${JSON.stringify(withType(config, typeName(as)), null, 2)}\n`);
}

/** The quantiser makes a folder of its own; what is in it moves up. */
async function writeNf4(dir: string, { tensors, config = {} }: MergedWeights, options: WriteOptions): Promise<void> {
  const inner = join(dir, 'nf4');
  const { double, maxShardBytes, onValues } = options;
  const source = counted(tensorSource('the merged model', tensors), onValues);
  const typed = withType(config, 'bfloat16');
  await quantizeFolder(source, typed, inner, { double, maxShardBytes, dtype: 'bfloat16' });
  for (const file of readdirSync(inner)) renameSync(join(inner, file), join(dir, file));
  rmSync(inner, { recursive: true });
}

/** config.json with the type that all floats have now, in its parts too. */
function withType(config: Record<string, unknown>, type: string): Record<string, unknown> {
  const parts = Object.entries(config).map(([key, value]): [string, unknown] =>
    /_config$/.test(key) && typeof value === 'object' && value !== null && key !== 'quantization_config'
      ? [key, typed(value as Record<string, unknown>, type)]
      : [key, value],
  );
  const all = Object.fromEntries(parts);
  return 'dtype' in all || 'torch_dtype' in all ? typed(all, type) : { ...all, torch_dtype: type };
}

function typed(config: Record<string, unknown>, type: string): Record<string, unknown> {
  const key = ['dtype', 'torch_dtype'].find((each) => each in config);
  return key === undefined ? config : { ...config, [key]: type };
}

function counted(source: WeightSource, onValues: WriteOptions['onValues']): WeightSource {
  const told = <T>(name: string, value: T): T => {
    onValues?.(source.info(name).shape.reduce((a, b) => a * b, 1));
    return value;
  };
  return { ...source, bytes: (name) => told(name, source.bytes(name)) };
}
