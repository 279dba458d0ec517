import { join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeSafetensors } from '@moslora/checkpoint';
import type { ImageProcessor } from '@moslora/images';
import type { TowerConfig } from './config';
import type { VisionTower } from './tower';

/**
 * Writes a CLIP tower as a Hugging Face folder of a CLIPVisionModel: `config.json`, `model.safetensors` (float32),
 * `preprocessor_config.json`. The folder appears whole or not at all. {@link VisionTower.load} reads it back with equal features.
 */
export async function saveTower(tower: VisionTower, dir: string, processor: ImageProcessor): Promise<void> {
  const entries = await tower.entries();
  await withNewFolder(dir, (temporary) => {
    const write = (name: string, value: unknown): void =>
      writeFileAtomic(join(temporary, name), `${JSON.stringify(value, null, 2)}\n`);
    writeSafetensors(join(temporary, 'model.safetensors'), entries);
    write('config.json', clipConfigJson(tower.config));
    write('preprocessor_config.json', preprocessorJson(processor));
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

/** `preprocessor_config.json` in CLIPImageProcessor's keys; `squash` is a resize to both sides without a crop. */
export function preprocessorJson({ size, mean, std, fit, resample }: ImageProcessor): Record<string, unknown> {
  const both = { height: size, width: size };
  const crop = fit !== 'squash';
  return {
    image_processor_type: 'CLIPImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: crop ? { shortest_edge: size } : both,
    resample: resample === 'bicubic' ? 3 : 2,
    do_center_crop: crop,
    ...(crop ? { crop_size: both } : {}),
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
}
