import { join } from 'node:path';
import type { SafetensorsFile } from '@moslora/checkpoint';
import type { LinearSlot } from '@moslora/nn';
import { leafNames } from '../inject/select-slots';
import { AdapterFactors } from '../linear/adapter-factors';
import { AdapterLinear } from '../linear/adapter-linear';
import { Dropout } from '../linear/dropout';
import { AdapterSet } from '../set/adapter-set';
import { readAdapterConfig, type AdapterFileConfig } from './adapter-config-file';
import { openWeights } from './adapter-folder';
import { modelRows, type ModelEmbeddings } from './copied-weights';
import { adapterFiles } from './files';
import { ofPart, type ModelPart } from './model-part';
import { ownMetadata } from './own-metadata';
import { checkAgainstConfig, groupKeys, type ModuleKeys } from './read-factors';

export interface LoadAdapterOptions {
  /** Derives dropout's masks when training goes on. */
  seed?: string;
  /** The decoder's embeddings: what PEFT copied of them into the file is held against these. */
  embeddings?: ModelEmbeddings;
  /** Take only the modules of this part of a LLaVA; the file's others belong elsewhere. */
  part?: ModelPart;
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
  { seed = 'adapter', embeddings, part }: LoadAdapterOptions = {},
): AdapterSet {
  const config = readAdapterConfig(join(dir, adapterFiles.config));
  const file = openWeights(dir);
  try {
    const tensors = ofPart(groupKeys(file), part);
    const { modules } = tensors;
    const matched = checkAgainstConfig(file, tensors, config, {
      places: slots,
      shapeOf: (slot) => [slot.get().outFeatures, slot.get().inFeatures],
      rowsOf: (module) => modelRows(module, slots, embeddings),
    });
    const { method, trainMixer, loraPlusRatio } = ownMetadata(file, modules, config);
    const dropout = new Dropout(config.dropout, seed);
    const placed = [...matched].map(([module, slot]) => {
      const base = slot.get();
      const factors = readFactors(file, module, modules.get(module)!, config, slot, { trainMixer, loraPlusRatio });
      const layer = AdapterLinear.fromBase(base, factors, dropout);
      slot.set(layer);
      return { slot, layer };
    });
    const { rank, alpha, rankStabilized, gaussianA } = config;
    const aInit = gaussianA ? 'gaussian' : 'kaiming';
    const targets = config.targets ?? leafNames([...matched.keys()]);
    return new AdapterSet(placed, dropout, { method, rank, alpha, rankStabilized, loraPlusRatio, aInit, targets });
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
  { trainMixer, loraPlusRatio }: { trainMixer: boolean; loraPlusRatio: number },
): AdapterFactors {
  const values = {
    a: file.float32(keys.A!),
    b: file.float32(keys.B!),
    ...(keys.AB !== undefined && { mixer: { values: file.float32(keys.AB), trainable: trainMixer } }),
    ...(keys.magnitude !== undefined && { magnitude: file.float32(keys.magnitude) }),
  };
  return new AdapterFactors(module, slot.get(), values, config.scaleOf(module), loraPlusRatio);
}
