import { join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeSafetensors } from '@moslora/checkpoint';
import { writePreprocessorConfig, type ImageProcessor } from '@moslora/images';
import type { TowerConfig, TowerKind } from './config';
import type { VisionTower } from './tower';

/**
 * Writes a tower as a Hugging Face folder of a CLIPVisionModel, SiglipVisionModel or ViTModel: `config.json`, `model.safetensors`
 * (float32), `preprocessor_config.json`. The folder appears whole or not at all, and loads back with equal features.
 */
export async function saveTower(tower: VisionTower, dir: string, processor: ImageProcessor): Promise<void> {
  const entries = await tower.entries(published[tower.config.kind].prefix);
  await withNewFolder(dir, (temporary) => {
    writeSafetensors(join(temporary, 'model.safetensors'), entries);
    writeFileAtomic(join(temporary, 'config.json'), `${JSON.stringify(towerConfigJson(tower.config), null, 2)}\n`);
    writePreprocessorConfig(temporary, processor);
  });
}

const published: Record<TowerKind, { architecture: string; prefix: string }> = {
  clip_vision_model: { architecture: 'CLIPVisionModel', prefix: 'vision_model.' },
  siglip_vision_model: { architecture: 'SiglipVisionModel', prefix: 'vision_model.' },
  vit: { architecture: 'ViTModel', prefix: '' },
};

/** `config.json` of a tower as published; also a LLaVA's `vision_config`. */
export function towerConfigJson(config: TowerConfig): Record<string, unknown> {
  return {
    architectures: [published[config.kind].architecture],
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
    ...(config.kind === 'vit' ? { qkv_bias: config.qkvBias } : {}),
    // The pooling head is not kept: features do without it.
    ...(config.kind === 'siglip_vision_model' ? { vision_use_head: false } : {}),
  };
}
