/** llama.cpp's names of what stands in a layer, by Hugging Face's; InternLM2's wqkv has three of them (`tensorPlaces`). */
const inLayer: Readonly<Record<string, string>> = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
  attention_norm: 'attn_norm',
  'attention.wo': 'attn_output',
  ffn_norm: 'ffn_norm',
  'feed_forward.w1': 'ffn_gate',
  'feed_forward.w3': 'ffn_up',
  'feed_forward.w2': 'ffn_down',
};

const outside: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
  'model.tok_embeddings': 'token_embd',
  output: 'output',
};

/** llama.cpp's name of a tensor, weight or bias; undefined where it has none. */
export function ggufName(name: string): string | undefined {
  const [, module = '', leaf = ''] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)$/.exec(module) ?? [];
  const found = part === undefined ? outside[module] : inLayer[part];
  if (found === undefined) return undefined;
  return `${layer === undefined ? '' : `blk.${layer}.`}${found}.${leaf}`;
}
