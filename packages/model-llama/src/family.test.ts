import { join } from 'node:path';
import { startBackend } from '@moslora/runtime';
import { logitsError } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseLlamaConfig } from './config';
import { family } from './index';

/** Made by tools/parity/make_decoder_cases.py: scaled rotary embedding, grouped queries, biases. */
const fixture = join(import.meta.dirname, '../fixtures/llama');
const tiny = { hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 10 };

describe('LLaMA', () => {
  beforeAll(() => startBackend());

  it('gives the logits of transformers', () => {
    expect(logitsError(fixture, (source, config) => family.load(source, config))).toBeLessThan(1e-4);
  });

  it('reads the configurations of LLaMA 2 and 3.1', () => {
    const llama2 = { model_type: 'llama', rms_norm_eps: 1e-5, rope_scaling: null, max_position_embeddings: 4096 };
    expect(parseLlamaConfig(llama2)).toMatchObject({
      hiddenSize: 4096,
      kvHeads: 32,
      headDim: 128,
      tieWordEmbeddings: false,
      rope: { type: 'default', theta: 10000 },
    });
    const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
    const llama31 = {
      ...{ model_type: 'llama', num_key_value_heads: 8, vocab_size: 128256, rope_theta: 500000 },
      rope_scaling: { ...scaling, rope_type: 'llama3' },
    };
    expect(parseLlamaConfig(llama31)).toMatchObject({
      kvHeads: 8,
      attentionBias: false,
      rope: { type: 'llama3', theta: 500000, factor: 8, originalMaxPositions: 8192 },
    });
  });

  it('names its tensors as published', () => {
    expect([...family.tensors({ ...tiny, tie_word_embeddings: true, mlp_bias: true }).keys()]).toEqual([
      'model.embed_tokens.weight',
      'model.norm.weight',
      'model.layers.0.input_layernorm.weight',
      'model.layers.0.post_attention_layernorm.weight',
      ...['q', 'k', 'v', 'o'].map((part) => `model.layers.0.self_attn.${part}_proj.weight`),
      ...['gate', 'up', 'down'].flatMap((part) =>
        ['weight', 'bias'].map((kind) => `model.layers.0.mlp.${part}_proj.${kind}`),
      ),
    ]);
  });

  it('refuses other families', () => {
    expect(() => parseLlamaConfig({ ...tiny, model_type: 'gemma' })).toThrow('got      "gemma"\n  expected "llama"');
  });
});
