/** config.json of the towers that original LLaVA folders name: with the weights inside the folder, their own files are not needed. */
const clip = { model_type: 'clip_vision_model', hidden_act: 'quick_gelu', layer_norm_eps: 1e-5 };
const large = {
  ...clip,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  patch_size: 14,
};
const base = { ...clip, hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12 };
const siglip = { model_type: 'siglip_vision_model', hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6 };

export const knownTowers: Record<string, Record<string, unknown>> = {
  'openai/clip-vit-large-patch14-336': { ...large, image_size: 336 },
  'openai/clip-vit-large-patch14': { ...large, image_size: 224 },
  'openai/clip-vit-base-patch16': { ...base, image_size: 224, patch_size: 16 },
  'openai/clip-vit-base-patch32': { ...base, image_size: 224, patch_size: 32 },
  'google/siglip-so400m-patch14-384': {
    ...siglip,
    hidden_size: 1152,
    intermediate_size: 4304,
    num_hidden_layers: 27,
    num_attention_heads: 16,
    image_size: 384,
    patch_size: 14,
  },
};
