import { join } from 'node:path';
import { readPreprocessorConfig, type ImageProcessor } from '@moslora/images';
import { isLlavaFolder, loadDecoderFolder, loadVisionFolder, openLayout } from '@moslora/model-llava';
import type { Decoder } from '@moslora/decoder';
import type { VisionTower } from '@moslora/vision-encoder';
import { checkVocabulary, loadTokenizer, type Tokenizer } from '@moslora/tokenization';

export interface FrozenTower {
  tower: VisionTower;
  processor: ImageProcessor;
}

/**
 * A frozen vision tower with its preprocessing, from a tower's folder or a LLaVA's.
 * @param imageSize side of the pictures, where it is not the tower's: its positions are interpolated
 * @throws UserError where what preprocessing makes is not what the tower's positions are for
 */
export async function loadTower(folder: string, imageSize?: number): Promise<FrozenTower> {
  const processor = towerProcessor(folder, imageSize);
  const tower = await loadVisionFolder(folder, imageSize === undefined ? {} : { imageSize });
  tower.checkSize(processor.size, processor.size, folder);
  return { tower, processor };
}

/** How pictures are prepared for the tower of a folder; at another side than its own where one is given. */
export function towerProcessor(folder: string, imageSize?: number): ImageProcessor {
  const own = isLlavaFolder(folder) ? openLayout(folder).processor() : readPreprocessorConfig(folder);
  if (imageSize === undefined) return own;
  const { shortestEdge: _, ...resized } = own;
  return { ...resized, size: imageSize };
}

export interface FrozenBase {
  decoder: Decoder;
  tokenizer: Tokenizer;
}

/**
 * The quantised decoder with its tokenizer, from the folder of a language model or of a LLaVA.
 * @throws UserError where the two do not belong together
 */
export async function loadBase(folder: string, residency: 'packed' | 'dequantized'): Promise<FrozenBase> {
  const layout = isLlavaFolder(folder) ? openLayout(folder) : undefined;
  const tokenizer = loadTokenizer(layout?.tokenizer ?? folder);
  const decoder = await loadDecoderFolder(folder, { residency });
  const where = layout?.decoder.where ?? join(folder, 'config.json');
  checkVocabulary(tokenizer, { vocabSize: decoder.config.vocabSize, imageTokenId: layout?.imageTokenId, where });
  return { decoder, tokenizer };
}
