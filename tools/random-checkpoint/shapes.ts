import type { TensorSpec } from '@moslora/checkpoint';

/** A published model's shape: its tensors, in bfloat16, and what config.json says of them. */
export interface ModelShape {
  tensors: TensorSpec[];
  config: Record<string, unknown>;
}

const bf16 = (name: string, ...shape: number[]): TensorSpec => ({ name, dtype: 'BF16', shape });

/** Shapes by name; `layers` cuts a model short, for trying things out. */
export const shapes: Record<string, (layers?: number) => ModelShape> = {
  'llama2-7b': (layers = 32) => llama({ layers, width: 4096, inner: 11008, heads: 32, keyHeads: 32, vocab: 32000 }),
  'llama3-8b': (layers = 32) => llama({ layers, width: 4096, inner: 14336, heads: 32, keyHeads: 8, vocab: 128256 }),
  'internlm2-7b': (layers = 32) =>
    internlm2({ layers, width: 4096, inner: 14336, heads: 32, keyHeads: 8, vocab: 92544 }),
  // Small enough for a test, with the proportions of the others.
  'llama-tiny': (layers = 2) => llama({ layers, width: 64, inner: 176, heads: 4, keyHeads: 2, vocab: 500 }),
};

/** Of a LLaMA-like decoder. */
export interface LlamaSizes {
  layers: number;
  width: number;
  inner: number;
  heads: number;
  keyHeads: number;
  vocab: number;
}

const keyWidth = ({ width, heads, keyHeads }: LlamaSizes): number => (width / heads) * keyHeads;

function commonConfig({ layers, width, inner, heads, keyHeads, vocab }: LlamaSizes): Record<string, unknown> {
  return {
    ...{ hidden_size: width, intermediate_size: inner, num_hidden_layers: layers, num_attention_heads: heads },
    ...{ num_key_value_heads: keyHeads, vocab_size: vocab, hidden_act: 'silu', rms_norm_eps: 1e-5 },
    ...{ max_position_embeddings: 4096, rope_theta: 10000, tie_word_embeddings: false, torch_dtype: 'bfloat16' },
  };
}

/** LLaMA's tensors in any size. */
export function llama(sizes: LlamaSizes): ModelShape {
  const { layers, width, inner, vocab } = sizes;
  const tensors = [bf16('model.embed_tokens.weight', vocab, width)];
  for (let index = 0; index < layers; index++) {
    const path = `model.layers.${index}`;
    tensors.push(
      bf16(`${path}.input_layernorm.weight`, width),
      bf16(`${path}.self_attn.q_proj.weight`, width, width),
      bf16(`${path}.self_attn.k_proj.weight`, keyWidth(sizes), width),
      bf16(`${path}.self_attn.v_proj.weight`, keyWidth(sizes), width),
      bf16(`${path}.self_attn.o_proj.weight`, width, width),
      bf16(`${path}.post_attention_layernorm.weight`, width),
      bf16(`${path}.mlp.gate_proj.weight`, inner, width),
      bf16(`${path}.mlp.up_proj.weight`, inner, width),
      bf16(`${path}.mlp.down_proj.weight`, width, inner),
    );
  }
  tensors.push(bf16('model.norm.weight', width), bf16('lm_head.weight', vocab, width));
  const config = { architectures: ['LlamaForCausalLM'], model_type: 'llama', ...commonConfig(sizes) };
  return { tensors, config };
}

function internlm2(sizes: LlamaSizes): ModelShape {
  const { layers, width, inner, vocab } = sizes;
  const tensors = [bf16('model.tok_embeddings.weight', vocab, width)];
  for (let index = 0; index < layers; index++) {
    const path = `model.layers.${index}`;
    tensors.push(
      bf16(`${path}.attention_norm.weight`, width),
      bf16(`${path}.attention.wqkv.weight`, width + 2 * keyWidth(sizes), width),
      bf16(`${path}.attention.wo.weight`, width, width),
      bf16(`${path}.ffn_norm.weight`, width),
      bf16(`${path}.feed_forward.w1.weight`, inner, width),
      bf16(`${path}.feed_forward.w3.weight`, inner, width),
      bf16(`${path}.feed_forward.w2.weight`, width, inner),
    );
  }
  tensors.push(bf16('model.norm.weight', width), bf16('output.weight', vocab, width));
  const config = {
    ...{ architectures: ['InternLM2ForCausalLM'], model_type: 'internlm2' },
    ...{ ...commonConfig(sizes), bias: false },
  };
  return { tensors, config };
}
