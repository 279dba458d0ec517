import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import type { LinearSlot } from '@moslora/nn';
import { fail, type AdapterConfig } from '@moslora/specs';
import { z } from 'zod';
import { leafNames } from '../inject/select-slots';
import { AdapterFactors } from '../linear/adapter-factors';
import { AdapterLinear } from '../linear/adapter-linear';
import { Dropout } from '../linear/dropout';
import { AdapterSet } from '../set/adapter-set';
import { readAdapterConfig, type AdapterFileConfig } from './adapter-config-file';
import type { ModelEmbeddings } from './copied-weights';
import { adapterFiles } from './files';
import { checkAgainstConfig, groupKeys, type ModuleKeys } from './read-factors';

export interface LoadAdapterOptions {
  /** Derives dropout's masks when training goes on. */
  seed?: string;
  /** The decoder's embeddings: what PEFT copied of them into the file is held against these. */
  embeddings?: ModelEmbeddings;
}

/**
 * Puts the adapter of a PEFT folder into the slots of its modules; their paths may begin differently (`model.`, `language_model.model.`).
 * The parameters keep the file's names. Copies of base weights, which PEFT adds where the head is adapted, are passed over when they are the
 * model's. Throws one UserError listing all that contradicts: mixers that the config does not announce, missing parts, wrong
 * shapes, modules that the model does not have, base weights other than the model's.
 */
export function loadAdapters(
  slots: readonly LinearSlot[],
  dir: string,
  { seed = 'adapter', embeddings }: LoadAdapterOptions = {},
): AdapterSet {
  const config = readAdapterConfig(join(dir, adapterFiles.config));
  const path = join(dir, adapterFiles.weights);
  if (!existsSync(path)) refuseMissing(dir);
  const file = SafetensorsFile.open(path);
  try {
    const tensors = groupKeys(file);
    const { modules } = tensors;
    const matched = checkAgainstConfig(file, tensors, config, slots, embeddings);
    const { method, trainMixer } = ownMetadata(file, modules);
    const dropout = new Dropout(config.dropout, seed);
    const placed = [...matched].map(([module, slot]) => {
      const base = slot.get();
      const factors = readFactors(file, module, modules.get(module)!, config, slot, trainMixer);
      const layer = AdapterLinear.fromBase(base, factors, dropout);
      slot.set(layer);
      return { slot, layer };
    });
    const { rank, alpha, rankStabilized, gaussianA } = config;
    const aInit = gaussianA ? 'gaussian' : 'kaiming';
    const targets = config.targets ?? leafNames([...matched.keys()]);
    return new AdapterSet(placed, dropout, { method, rank, alpha, rankStabilized, aInit, targets });
  } finally {
    file.close();
  }
}

function readFactors(
  file: SafetensorsFile,
  module: string,
  keys: ModuleKeys,
  config: AdapterFileConfig,
  slot: LinearSlot,
  trainable: boolean,
): AdapterFactors {
  const values = {
    a: file.float32(keys.A!),
    b: file.float32(keys.B!),
    ...(keys.AB !== undefined && { mixer: { values: file.float32(keys.AB), trainable } }),
  };
  const rank = config.rankOf(module);
  const scale = config.alphaOf(module) / (config.rankStabilized ? Math.sqrt(rank) : rank);
  return new AdapterFactors(module, slot.get(), values, scale);
}

const metadataSchema = z.object({
  method: z.enum(['lora', 'two-subspaces', 'moslora']),
  trainMixer: z.boolean(),
});

/** What this program noted when it wrote the file; for others' files, what follows from the tensors. */
function ownMetadata(
  file: SafetensorsFile,
  modules: Map<string, ModuleKeys>,
): { method: AdapterConfig['method']; trainMixer: boolean } {
  const mixed = [...modules.values()].some(({ AB }) => AB !== undefined);
  const fallback = { method: mixed ? 'moslora' : 'lora', trainMixer: true } as const;
  try {
    return metadataSchema.safeParse(JSON.parse(file.metadata['moslora'] ?? '')).data ?? fallback;
  } catch {
    return fallback;
  }
}

function refuseMissing(dir: string): never {
  fail({
    what: 'The adapter has no weights',
    where: dir,
    got: existsSync(join(dir, 'adapter_model.bin')) ? 'adapter_model.bin' : `no ${adapterFiles.weights}`,
    expected: adapterFiles.weights,
    fix: 'check the path; .bin files have to be converted to safetensors first',
  });
}
