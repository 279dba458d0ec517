import { join } from 'node:path';
import { readPreprocessorConfig } from '@moslora/images';
import { parseLlavaConfig } from '../config';
import type { LlavaLayout } from './layout';

/** A folder of LlavaForConditionalGeneration: all three parts in one set of weights, under any of the prefixes it was saved with. */
export function huggingfaceLayout(dir: string, json: unknown): LlavaLayout {
  const where = join(dir, 'config.json');
  const config = parseLlavaConfig(json, where);
  return {
    name: 'huggingface',
    decoder: { weights: dir, config: config.text, where: `${where}: text_config` },
    tower: { weights: dir, config: config.vision, where: `${where}: vision_config` },
    projector: { weights: dir, activation: config.projectorActivation, depth: 2, bias: config.projectorBias },
    featureLayer: config.featureLayer,
    featureSelect: config.featureSelect,
    imageTokenId: config.imageTokenId,
    tokenizer: dir,
    processor: () => readPreprocessorConfig(dir),
  };
}
