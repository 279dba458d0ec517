import { join } from 'node:path';
import { readPreprocessorConfig, type ImageProcessor } from '@moslora/images';
import { isLlavaFolder, loadDecoderFolder, loadVisionFolder, openLayout } from '@moslora/model-llava';
import type { Decoder } from '@moslora/decoder';
import type { VisionTower } from '@moslora/vision-encoder';
import { checkVocabulary, loadTokenizer, type Tokenizer } from '@moslora/tokenization';

/** A vision tower and how its pictures are prepared. */
export interface LoadedTower {
  tower: VisionTower;
  processor: ImageProcessor;
}

/**
 * A vision tower, frozen unless `trainable`, with its preprocessing, from a tower's folder or a LLaVA's.
 * @param imageSize side of the pictures, where it is not the tower's: its positions are interpolated
 * @throws UserError where what preprocessing makes is not what the tower's positions are for
 */
export async function loadTower(folder: string, imageSize?: number, trainable = false): Promise<LoadedTower> {
  const processor = towerProcessor(folder, imageSize);
  const tower = await loadVisionFolder(folder, { ...(imageSize !== undefined && { imageSize }), trainable });
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

/** A decoder and its tokenizer. */
export interface LoadedBase {
  decoder: Decoder;
  tokenizer: Tokenizer;
  tokenizerFolder: string;
}

/**
 * The decoder, frozen unless `trainable`, with its tokenizer, from the folder of a language model or of a LLaVA.
 * @throws UserError where the two do not belong together
 */
export async function loadBase(
  folder: string,
  residency: 'packed' | 'dequantized',
  trainable = false,
): Promise<LoadedBase> {
  const layout = isLlavaFolder(folder) ? openLayout(folder) : undefined;
  const tokenizerFolder = layout?.tokenizer ?? folder;
  const tokenizer = loadTokenizer(tokenizerFolder);
  const decoder = await loadDecoderFolder(folder, { residency, trainable });
  const where = layout?.decoder.where ?? join(folder, 'config.json');
  checkVocabulary(tokenizer, { vocabSize: decoder.config.vocabSize, imageTokenId: layout?.imageTokenId, where });
  return { decoder, tokenizer, tokenizerFolder };
}
