import { linear, type LayerPlan } from '@moslora/decoder';
import type { Internlm2Config } from './config';

/** An InternLM2 layer: queries, keys and values in one projection, grouped by key head; w1 is the gate, w3 up, w2 down. */
export function internlm2Layer(config: Internlm2Config): LayerPlan {
  const { hiddenSize: D, intermediateSize: F, heads, kvHeads, headDim: K, attentionBias: bias } = config;
  return {
    attentionNorm: 'attention_norm',
    attention: {
      kind: 'grouped',
      fused: linear('attention.wqkv', { out: (heads + 2 * kvHeads) * K, in: D, bias }),
      out: linear('attention.wo', { out: D, in: heads * K, bias }),
    },
    mlpNorm: 'ffn_norm',
    mlp: {
      gate: linear('feed_forward.w1', { out: F, in: D }),
      up: linear('feed_forward.w3', { out: F, in: D }),
      down: linear('feed_forward.w2', { out: D, in: F }),
    },
  };
}
