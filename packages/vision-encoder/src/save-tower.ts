import { join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeSafetensors } from '@moslora/checkpoint';
import { writePreprocessorConfig, type ImageProcessor } from '@moslora/images';
import type { TowerConfig } from './config';
import type { VisionTower } from './tower';

/**
 * Writes a CLIP tower as a Hugging Face folder of a CLIPVisionModel: `config.json`, `model.safetensors` (float32),
 * `preprocessor_config.json`. The folder appears whole or not at all. {@link VisionTower.load} reads it back with equal features.
 */
export async function saveTower(tower: VisionTower, dir: string, processor: ImageProcessor): Promise<void> {
  const entries = await tower.entries();
  await withNewFolder(dir, (temporary) => {
    writeSafetensors(join(temporary, 'model.safetensors'), entries);
    writeFileAtomic(join(temporary, 'config.json'), `${JSON.stringify(clipConfigJson(tower.config), null, 2)}\n`);
    writePreprocessorConfig(temporary, processor);
  });
}

/** `config.json` of a CLIP tower. */
export function clipConfigJson(config: TowerConfig): Record<string, unknown> {
  if (config.kind !== 'clip_vision_model') throw new Error(`only CLIP towers are written, not ${config.kind}`);
  return {
    architectures: ['CLIPVisionModel'],
    dtype: 'float32',
    hidden_act: config.activation,
    hidden_size: config.hiddenSize,
    image_size: config.imageSize,
    intermediate_size: config.intermediateSize,
    layer_norm_eps: config.layerNormEps,
    model_type: config.kind,
    num_attention_heads: config.heads,
    num_channels: 3,
    num_hidden_layers: config.layers,
    patch_size: config.patchSize,
  };
}
