import type { WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { LlamaConfig } from './config';

/** Where a decoder's tensors lie in a file. */
export interface DecoderPrefix {
  /** Before `layers.0…`, `embed_tokens.weight` and `norm.weight`: `model.`, `language_model.model.`, `model.language_model.` … */
  body: string;
  /** The head's full name; absent from the file when tied. */
  head: string;
}

const EMBEDDING = 'embed_tokens.weight';
const HEAD = 'lm_head.weight';

/**
 * Finds where a decoder lies in a file by its embedding table, so that every published layout loads: alone, inside a LLaVA as
 * `language_model.model.…`, as `model.language_model.…`, or any other nesting.
 * @param body the path before `layers.0`, where it is known
 * @throws UserError when there is no decoder, or more than one
 */
export function findDecoder(source: WeightSource, body?: string): DecoderPrefix {
  const names = source.names();
  const head = names.find((name) => name === HEAD || name.endsWith(`.${HEAD}`)) ?? HEAD;
  if (body !== undefined) return { body, head };
  const found = names.filter((name) => name === EMBEDDING || name.endsWith(`.${EMBEDDING}`));
  const [embedding] = found;
  if (embedding === undefined || found.length > 1) {
    return fail({
      what: found.length > 1 ? 'The file holds several decoders' : 'The file holds no LLaMA decoder',
      where: source.where,
      got: found.length > 1 ? found.join(', ') : `${names.length} tensors: ${names.slice(0, 4).join(', ')} …`,
      expected: `one tensor whose name ends in ${EMBEDDING}`,
    });
  }
  return { body: embedding.slice(0, -EMBEDDING.length), head };
}

/** Names of a LLaMA layer's projections, in the order they are applied, with (out, in). */
export function layerLinears(config: LlamaConfig): { name: string; out: number; in: number; bias: boolean }[] {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, attentionBias, mlpBias } = config;
  return [
    { name: 'self_attn.q_proj', out: heads * headDim, in: hiddenSize, bias: attentionBias },
    { name: 'self_attn.k_proj', out: kvHeads * headDim, in: hiddenSize, bias: attentionBias },
    { name: 'self_attn.v_proj', out: kvHeads * headDim, in: hiddenSize, bias: attentionBias },
    { name: 'self_attn.o_proj', out: hiddenSize, in: heads * headDim, bias: attentionBias },
    { name: 'mlp.gate_proj', out: intermediateSize, in: hiddenSize, bias: mlpBias },
    { name: 'mlp.up_proj', out: intermediateSize, in: hiddenSize, bias: mlpBias },
    { name: 'mlp.down_proj', out: hiddenSize, in: intermediateSize, bias: mlpBias },
  ];
}
