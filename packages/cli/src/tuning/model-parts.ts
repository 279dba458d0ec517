import { join } from 'node:path';
import { SafetensorsFile, readJson, WeightFolder } from '@moslora/checkpoint';
import { readPreprocessorConfig, type ImageProcessor } from '@moslora/images';
import { loadDecoderFolder } from '@moslora/model-llava';
import type { Decoder } from '@moslora/model-llama';
import { parseTowerConfig, VisionTower } from '@moslora/vision-encoder';
import { loadTokenizer, type Tokenizer } from '@moslora/tokenization';
import { z } from 'zod';

export interface FrozenTower {
  tower: VisionTower;
  processor: ImageProcessor;
}

/** A frozen vision tower with its preprocessing, from a Hugging Face folder. */
export function loadTower(folder: string): FrozenTower {
  const where = join(folder, 'config.json');
  const config = parseTowerConfig(readJson(where, z.looseObject({ model_type: z.string() })), where);
  const source = WeightFolder.open(folder);
  try {
    return { tower: VisionTower.load(source, config), processor: readPreprocessorConfig(folder) };
  } finally {
    source.close();
  }
}

export interface FrozenBase {
  decoder: Decoder;
  tokenizer: Tokenizer;
}

/** The quantised decoder with its tokenizer, from a Hugging Face folder. */
export async function loadBase(folder: string, residency: 'packed' | 'dequantized'): Promise<FrozenBase> {
  return { decoder: await loadDecoderFolder(folder, { residency }), tokenizer: loadTokenizer(folder) };
}

/** Bytes of all tensors in a file, for reports. */
export function tensorBytes(path: string): number {
  const file = SafetensorsFile.open(path);
  try {
    return file.names().reduce((sum, name) => sum + file.info(name).byteLength, 0);
  } finally {
    file.close();
  }
}
