import { join } from 'node:path';
import { startBackend } from '@moslora/runtime';
import { logitsError, withRandomWeights } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseInternlm2Config } from './config';
import { family } from './index';

/** Made by tools/parity/make_decoder_cases.py: biases, two queries to a key head, a dynamic rotary embedding beyond its length. */
const fixture = join(import.meta.dirname, '../fixtures/internlm2');
const tiny = { hidden_size: 16, intermediate_size: 12, num_hidden_layers: 1, num_attention_heads: 4, vocab_size: 10 };

describe('InternLM2', () => {
  beforeAll(() => startBackend());

  it('gives the logits of transformers', () => {
    expect(logitsError(fixture, (source, config) => family.load(source, config))).toBeLessThan(1e-4);
  });

  it('reads the configuration of internlm2-chat-7b', () => {
    const published = {
      ...{ model_type: 'internlm2', bias: false, hidden_size: 4096, intermediate_size: 14336, vocab_size: 92544 },
      ...{ num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 8, rms_norm_eps: 1e-5 },
      ...{ max_position_embeddings: 32768, rope_theta: 1000000, rope_scaling: { factor: 2, type: 'dynamic' } },
    };
    expect(parseInternlm2Config(published)).toMatchObject({
      kvHeads: 8,
      headDim: 128,
      attentionBias: false,
      rope: { type: 'dynamic', theta: 1000000, factor: 2, maxPositions: 32768 },
    });
    expect(parseInternlm2Config({ model_type: 'internlm2' }).attentionBias).toBe(true);
  });

  it('names its tensors as published', () => {
    const shapes = family.tensors({ ...tiny, num_key_value_heads: 2 });
    expect(shapes.get('model.layers.0.attention.wqkv.weight')).toEqual([32, 16]);
    expect([...shapes.keys()]).toEqual([
      'model.tok_embeddings.weight',
      'model.norm.weight',
      'output.weight',
      'model.layers.0.attention_norm.weight',
      'model.layers.0.ffn_norm.weight',
      'model.layers.0.attention.wqkv.weight',
      'model.layers.0.attention.wqkv.bias',
      'model.layers.0.attention.wo.weight',
      'model.layers.0.attention.wo.bias',
      ...['w1', 'w3', 'w2'].map((part) => `model.layers.0.feed_forward.${part}.weight`),
    ]);
  });

  it('has its head among the places for adapters, as the published adapters do', () => {
    const config = { ...tiny, bias: false };
    const decoder = withRandomWeights(family.tensors(config), (file) => family.load(file, config));
    expect(decoder.slots().map(({ name }) => name)).toEqual([
      ...['attention.wqkv', 'attention.wo', 'feed_forward.w1', 'feed_forward.w3', 'feed_forward.w2'].map(
        (name) => `model.layers.0.${name}`,
      ),
      'output',
    ]);
    decoder.dispose();
  });

  it('says of a LLaMA file that it is none', () => {
    const names = ['model.embed_tokens.weight', 'lm_head.weight'].map((name) => [name, [10, 16]] as const);
    expect(() => withRandomWeights(new Map(names), (file) => family.load(file, tiny))).toThrow(
      'The file holds no InternLM2 decoder',
    );
  });
});
