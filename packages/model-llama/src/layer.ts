import { linear, type LayerPlan } from '@moslora/decoder';
import type { LlamaConfig } from './config';

/** A LLaMA layer: a projection each for queries, keys and values. */
export function llamaLayer(config: LlamaConfig): LayerPlan {
  const { hiddenSize: D, intermediateSize: F, heads, kvHeads, headDim: K } = config;
  const [H, Hkv] = [heads * K, kvHeads * K];
  const [inAttention, inMlp] = [{ bias: config.attentionBias }, { bias: config.mlpBias }];
  return {
    attentionNorm: 'input_layernorm',
    attention: {
      kind: 'separate',
      query: linear('self_attn.q_proj', { out: H, in: D, ...inAttention }),
      key: linear('self_attn.k_proj', { out: Hkv, in: D, ...inAttention }),
      value: linear('self_attn.v_proj', { out: Hkv, in: D, ...inAttention }),
      out: linear('self_attn.o_proj', { out: D, in: H, ...inAttention }),
    },
    mlpNorm: 'post_attention_layernorm',
    mlp: {
      gate: linear('mlp.gate_proj', { out: F, in: D, ...inMlp }),
      up: linear('mlp.up_proj', { out: F, in: D, ...inMlp }),
      down: linear('mlp.down_proj', { out: D, in: F, ...inMlp }),
    },
  };
}
