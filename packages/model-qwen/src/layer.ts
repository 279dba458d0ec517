import { linear, type LayerPlan } from '@moslora/decoder';
import type { QwenConfig } from './config';

/** A Qwen layer: LLaMA's, with biases of queries, keys and values (Qwen2) or an RMS norm over each head's queries and keys (Qwen3). */
export function qwenLayer(config: QwenConfig): LayerPlan {
  const { hiddenSize: D, intermediateSize: F, heads, kvHeads, headDim: K, qkvBias: bias, outBias } = config;
  const [H, Hkv] = [heads * K, kvHeads * K];
  return {
    attentionNorm: 'input_layernorm',
    attention: {
      kind: 'separate',
      query: linear('self_attn.q_proj', { out: H, in: D, bias }),
      key: linear('self_attn.k_proj', { out: Hkv, in: D, bias }),
      value: linear('self_attn.v_proj', { out: Hkv, in: D, bias }),
      out: linear('self_attn.o_proj', { out: D, in: H, bias: outBias }),
    },
    ...(config.headNorms && { headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm' } }),
    mlpNorm: 'post_attention_layernorm',
    mlp: {
      gate: linear('mlp.gate_proj', { out: F, in: D }),
      up: linear('mlp.up_proj', { out: F, in: D }),
      down: linear('mlp.down_proj', { out: D, in: F }),
    },
  };
}
