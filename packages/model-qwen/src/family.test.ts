import { join } from 'node:path';
import { startBackend } from '@moslora/runtime';
import { logitsError } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseQwenConfig } from './config';
import { family } from './index';

/** Made by tools/parity/make_decoder_cases.py: Qwen2 with tied embeddings, Qwen3 with heads wider than the model. */
const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name);
const tiny = {
  model_type: 'qwen2',
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  vocab_size: 10,
};

describe('Qwen', () => {
  beforeAll(() => startBackend());

  it.each(['qwen2', 'qwen3'])('gives the logits of transformers, %s', (name) => {
    expect(logitsError(fixture(name), (source, config) => family.load(source, config))).toBeLessThan(1e-4);
  });

  it('reads the configurations of Qwen2.5-7B and Qwen3-8B', () => {
    const qwen25 = {
      ...{ model_type: 'qwen2', hidden_size: 3584, num_attention_heads: 28, num_key_value_heads: 4, rope_theta: 1e6 },
      ...{ use_sliding_window: false, sliding_window: 131072, max_window_layers: 28, num_hidden_layers: 28 },
    };
    const biases = { qkvBias: true, outBias: false, headNorms: false };
    expect(parseQwenConfig(qwen25)).toMatchObject({ headDim: 128, kvHeads: 4, ...biases });
    const qwen3 = {
      ...{ model_type: 'qwen3', hidden_size: 2560, num_attention_heads: 32, num_key_value_heads: 8 },
      ...{ head_dim: 128, attention_bias: false, sliding_window: null, max_window_layers: 36 },
    };
    expect(parseQwenConfig(qwen3)).toMatchObject({ headDim: 128, qkvBias: false, outBias: false, headNorms: true });
    const { head_dim: _, ...without } = qwen3;
    expect(parseQwenConfig(without).headDim).toBe(128);
    expect(parseQwenConfig({ ...qwen3, attention_bias: true })).toMatchObject({ qkvBias: true, outBias: true });
  });

  it('names its tensors as published', () => {
    const attention = (config: Record<string, unknown>): string[] =>
      [...family.tensors(config).keys()].flatMap((name) => /layers\.0\.self_attn\.(.*)/.exec(name)?.[1] ?? []);
    expect(attention(tiny)).toEqual([
      ...['q', 'k', 'v'].flatMap((part) => [`${part}_proj.weight`, `${part}_proj.bias`]),
      'o_proj.weight',
    ]);
    const projections = ['q', 'k', 'v', 'o'].map((part) => `${part}_proj.weight`);
    expect(attention({ ...tiny, model_type: 'qwen3' })).toEqual(['q_norm.weight', 'k_norm.weight', ...projections]);
  });

  it('takes no notice of a window that is switched off, and refuses one that is not', () => {
    expect(() => parseQwenConfig({ ...tiny, sliding_window: 16 })).not.toThrow();
    expect(() => parseQwenConfig({ ...tiny, use_sliding_window: true, max_window_layers: 3 })).not.toThrow();
    expect(() => parseQwenConfig({ ...tiny, use_sliding_window: true, sliding_window: null })).not.toThrow();
    expect(() =>
      parseQwenConfig({ ...tiny, use_sliding_window: true, sliding_window: 16, max_window_layers: 1 }),
    ).toThrow(
      'unsupported use_sliding_window\n  where    config.json: use_sliding_window\n  got      true\n  expected full attention in all layers (a window of 16 tokens is asked for in 2 of 3)',
    );
    const layers = ['full_attention', 'sliding_attention', 'full_attention'];
    expect(() => parseQwenConfig({ ...tiny, layer_types: layers })).toThrow(/unsupported layer_types[\s\S]*in 1 of 3/);
  });
});
