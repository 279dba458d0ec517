import { fail } from '@moslora/specs';

/** Weights of Hugging Face's LlamaForCausalLM, by the name they have in its checkpoints. */
const layer = String.raw`model\.layers\.\d+\.`;
const known = new RegExp(
  [
    String.raw`^model\.(embed_tokens|norm)\.weight$`,
    String.raw`^lm_head\.weight$`,
    String.raw`^${layer}self_attn\.[qkvo]_proj\.(weight|bias)$`,
    String.raw`^${layer}mlp\.(gate|up|down)_proj\.(weight|bias)$`,
    String.raw`^${layer}(input|post_attention)_layernorm\.weight$`,
  ].join('|'),
);

/**
 * Names module paths of an ONNX graph as LlamaForCausalLM's checkpoints do. Tables of the rotary embedding are left out (undefined),
 * and with `tiedHead` so is `lm_head.weight`: an exporter writes the shared table twice, and quantises the copies differently.
 * Throws a UserError listing every path that is no weight of this model.
 */
export function llamaNames(where: string, paths: readonly string[], tiedHead: boolean): (string | undefined)[] {
  const names = paths.map((path) => {
    if (/rotary_emb|inv_freq|(cos|sin)_cached/.test(path)) return undefined;
    return tiedHead && path === 'lm_head.weight' ? undefined : path;
  });
  const unknown = names.filter((name) => name !== undefined && !known.test(name));
  if (unknown.length > 0) {
    fail({
      what: `${unknown.length} weights of the ONNX file have no place in a LlamaForCausalLM`,
      where,
      got: unknown.slice(0, 8).join(', '),
      expected: 'model.embed_tokens, model.layers.N.{self_attn,mlp,…}, model.norm, lm_head',
      fix: 'use an ONNX export of a LLaMA model, or a safetensors checkpoint',
    });
  }
  return names;
}
