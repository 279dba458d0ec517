import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { copiedModule } from './copied-weights';
import { adapterFiles } from './files';
import { groupKeys, type AdapterTensors } from './read-factors';

/** A part of a LLaVA that an adapter's module may belong to. */
export type ModelPart = 'decoder' | 'tower';

/** Towers are encoders, and their files say so: `…encoder.layers.0…`, a ViT's `…encoder.layer.0…`. */
function partOf(path: string): ModelPart {
  return /(^|\.)encoder\.layers?\.\d+\./.test(path) ? 'tower' : 'decoder';
}

/** What of an adapter's file belongs to a part; everything where none is named. */
export function ofPart({ modules, copies }: AdapterTensors, part: ModelPart | undefined): AdapterTensors {
  if (part === undefined) return { modules, copies };
  return {
    modules: new Map([...modules].filter(([path]) => partOf(path) === part)),
    copies: copies.filter((key) => partOf(`${copiedModule(key)}.`) === part),
  };
}

/** The parts of a LLaVA that the adapter of a PEFT folder stands on: one file may hold both. @throws UserError where it holds none */
export function adapterParts(dir: string): Set<ModelPart> {
  const file = SafetensorsFile.open(join(dir, adapterFiles.weights));
  try {
    return new Set([...groupKeys(file).modules.keys()].map(partOf));
  } finally {
    file.close();
  }
}
