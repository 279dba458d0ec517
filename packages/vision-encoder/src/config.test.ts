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

  it('takes patches that do not divide the picture, sides in pairs, and other names of the same activations', () => {
    const config = parseTowerConfig({ model_type: 'siglip_vision_model', image_size: 384, patch_size: 14 });
    expect(patchCount(config)).toBe(27 * 27);
    const pair = parseTowerConfig({ model_type: 'vit', image_size: [224, 224], patch_size: [32, 32] });
    expect(patchCount(pair)).toBe(49);
    expect(parseTowerConfig({ model_type: 'vit', hidden_act: 'gelu_new' }).activation).toBe('gelu_pytorch_tanh');
    expect(() => parseTowerConfig({ model_type: 'vit', image_size: [224, 196] })).toThrow(
      /image_size is not square[\s\S]*224 x 196/,
    );
  });

  it('knows which tower a whole CLIP or SigLIP has when its file does not say', () => {
    expect(parseTowerConfig({ model_type: 'siglip', vision_config: { image_size: 256 } })).toMatchObject({
      kind: 'siglip_vision_model',
      imageSize: 256,
    });
    expect(parseTowerConfig({ model_type: 'clip' }).kind).toBe('clip_vision_model');
  });

  it('names what it does not know', () => {
    expect(() => parseTowerConfig({ model_type: 'dinov2' }, 'v/config.json')).toThrow(
      /v\/config\.json, model_type[\s\S]*got {6}"dinov2"/,
    );
    expect(() => parseTowerConfig({ model_type: 'vit', hidden_act: 'relu' })).toThrow(/config\.json, hidden_act/);
    expect(() => parseTowerConfig({ model_type: 'vit', image_size: 12, num_attention_heads: 5 })).toThrow(
      /num_attention_heads does not divide hidden_size[\s\S]*patch_size is larger than image_size\n.*\n {2}got {6}16 and 12/,
    );
  });
});
