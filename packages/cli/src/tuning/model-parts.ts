import { readPreprocessorConfig, type ImageProcessor } from '@moslora/images';
import { loadDecoderFolder } from '@moslora/model-llava';
import type { Decoder } from '@moslora/decoder';
import { loadTowerFolder, type VisionTower } from '@moslora/vision-encoder';
import { loadTokenizer, type Tokenizer } from '@moslora/tokenization';

export interface FrozenTower {
  tower: VisionTower;
  processor: ImageProcessor;
}

/** A frozen vision tower with its preprocessing, from a Hugging Face folder. */
export function loadTower(folder: string): FrozenTower {
  return { tower: loadTowerFolder(folder), processor: readPreprocessorConfig(folder) };
}

export interface FrozenBase {
  decoder: Decoder;
  tokenizer: Tokenizer;
}

/** The quantised decoder with its tokenizer, from a Hugging Face folder. */
export async function loadBase(folder: string, residency: 'packed' | 'dequantized'): Promise<FrozenBase> {
  return { decoder: await loadDecoderFolder(folder, { residency }), tokenizer: loadTokenizer(folder) };
}
