import { describe, expect, it } from 'vitest';
import { parseTowerConfig, patchCount } from './config';

describe('parseTowerConfig', () => {
  it('fills in what CLIP-L files leave out, and takes the tower of a whole CLIP', () => {
    const json = {
      model_type: 'clip',
      vision_config: {
        model_type: 'clip_vision_model',
        hidden_size: 1024,
        num_attention_heads: 16,
        image_size: 336,
        patch_size: 14,
      },
    };
    const config = parseTowerConfig(json);
    expect(config).toMatchObject({
      kind: 'clip_vision_model',
      activation: 'quick_gelu',
      layerNormEps: 1e-5,
      preNorm: true,
      classToken: true,
      patchBias: false,
    });
    expect(patchCount(config)).toBe(576);
  });

  it('knows SigLIP without and ViT with a class token', () => {
    expect(parseTowerConfig({ model_type: 'siglip_vision_model' })).toMatchObject({
      classToken: false,
      patchBias: true,
      activation: 'gelu_pytorch_tanh',
    });
    expect(parseTowerConfig({ model_type: 'vit', hidden_act: 'gelu' })).toMatchObject({
      classToken: true,
      preNorm: false,
    });
  });

  it('names what it does not know', () => {
    expect(() => parseTowerConfig({ model_type: 'dinov2' }, 'v/config.json')).toThrow(
      /v\/config\.json, model_type[\s\S]*got {6}"dinov2"/,
    );
    expect(() => parseTowerConfig({ model_type: 'vit', hidden_act: 'relu' })).toThrow(/config\.json, hidden_act/);
    expect(() => parseTowerConfig({ model_type: 'vit', image_size: 225, num_attention_heads: 5 })).toThrow(
      /num_attention_heads does not divide hidden_size[\s\S]*patch_size does not divide image_size/,
    );
  });
});
