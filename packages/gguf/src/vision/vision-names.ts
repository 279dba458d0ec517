/** llama.cpp's names of what stands in an encoder layer, by those of Hugging Face's CLIP and SigLIP, and of its ViT. */
const inLayer: Readonly<Record<string, string>> = {
  layer_norm1: 'ln1',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.out_proj': 'attn_out',
  layer_norm2: 'ln2',
  'mlp.fc1': 'ffn_up',
  'mlp.fc2': 'ffn_down',
  layernorm_before: 'ln1',
  'attention.attention.query': 'attn_q',
  'attention.attention.key': 'attn_k',
  'attention.attention.value': 'attn_v',
  'attention.output.dense': 'attn_out',
  layernorm_after: 'ln2',
  'intermediate.dense': 'ffn_up',
  'output.dense': 'ffn_down',
};

const outside: Readonly<Record<string, string>> = {
  'embeddings.class_embedding': 'v.class_embd',
  'embeddings.cls_token': 'v.class_embd',
  'embeddings.position_embedding.weight': 'v.position_embd.weight',
  'embeddings.position_embeddings': 'v.position_embd.weight',
  'embeddings.patch_embedding.weight': 'v.patch_embd.weight',
  'embeddings.patch_embedding.bias': 'v.patch_embd.bias',
  'embeddings.patch_embeddings.projection.weight': 'v.patch_embd.weight',
  'embeddings.patch_embeddings.projection.bias': 'v.patch_embd.bias',
  'pre_layrnorm.weight': 'v.pre_ln.weight',
  'pre_layrnorm.bias': 'v.pre_ln.bias',
  // A Sequential's numbers: the activation between the two is 1.
  'multi_modal_projector.linear_1.weight': 'mm.0.weight',
  'multi_modal_projector.linear_1.bias': 'mm.0.bias',
  'multi_modal_projector.linear_2.weight': 'mm.2.weight',
  'multi_modal_projector.linear_2.bias': 'mm.2.bias',
};

/** The norm after the last layer: features are taken before it, and llama.cpp applies it where a file has it. */
const left = /^(post_layernorm|layernorm)\.(weight|bias)$/;

/**
 * llama.cpp's name of a tensor of a tower or projector.
 * @param name Hugging Face's, with or without `vision_model.`
 * @param layers that are written
 * @returns 'left out' where the features do not depend on it; undefined where llama.cpp has no name for it
 */
export function visionName(name: string, layers: number): string | undefined {
  const own = name.replace(/^vision_model\./, '');
  const [, index, module = '', leaf] = /^encoder\.layers?\.(\d+)\.(.+)\.(weight|bias)$/.exec(own) ?? [];
  if (index === undefined) return left.test(own) ? leftOut : outside[own];
  const found = inLayer[module];
  if (found === undefined) return undefined;
  return Number(index) < layers ? `v.blk.${index}.${found}.${leaf}` : leftOut;
}

export const leftOut = 'left out';
