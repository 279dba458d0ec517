import { knownTowers } from '@moslora/model-llava';

const llama = {
  model_type: 'llama',
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  tie_word_embeddings: false,
};

/** config.json of published decoders, as far as sizes go by it: what can be planned before they are downloaded. */
const decoders: Record<string, Record<string, unknown>> = {
  'internlm/internlm2-chat-7b': {
    ...{ ...llama, model_type: 'internlm2', bias: false },
    ...{ intermediate_size: 14336, num_key_value_heads: 8, vocab_size: 92544 },
  },
  'meta-llama/Meta-Llama-3-8B-Instruct': {
    ...llama,
    ...{ intermediate_size: 14336, num_key_value_heads: 8, vocab_size: 128256 },
  },
  'lmsys/vicuna-7b-v1.5': { ...llama, intermediate_size: 11008, num_key_value_heads: 32, vocab_size: 32000 },
};

/** The published name in `hub:OWNER/NAME` and its config.json, where its shape is known. */
export function publishedShape(
  reference: object,
  part: 'decoder' | 'tower',
): { name: string; config: Record<string, unknown> } | undefined {
  const name = 'folder' in reference ? /^hub:(.+)$/.exec(String(reference.folder))?.[1] : undefined;
  const config = name === undefined ? undefined : (part === 'decoder' ? decoders : knownTowers)[name];
  return name === undefined || config === undefined ? undefined : { name, config };
}
