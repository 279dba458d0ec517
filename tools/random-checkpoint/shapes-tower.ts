import { parseTowerConfig, towerSpecs } from '@moslora/vision-encoder';
import type { ModelShape } from './shapes';

/** config.json of openai/clip-vit-large-patch14-336's vision tower: 24 x 24 patches. */
const clipLarge336 = {
  ...{ architectures: ['CLIPVisionModel'], model_type: 'clip_vision_model', hidden_act: 'quick_gelu' },
  ...{ hidden_size: 1024, intermediate_size: 4096, num_hidden_layers: 24, num_attention_heads: 16 },
  ...{ image_size: 336, patch_size: 14, projection_dim: 768, layer_norm_eps: 1e-5, torch_dtype: 'bfloat16' },
};

/** CLIP-L/336's tower, in bfloat16. */
export function clipLargeTower(): ModelShape {
  const specs = towerSpecs(parseTowerConfig(clipLarge336));
  return {
    tensors: specs.map(({ name, shape }) => ({ name: `vision_model.${name}`, dtype: 'BF16', shape: [...shape] })),
    config: clipLarge336,
  };
}
