import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { bool, float32s, int32s, string, strings, uint32, type Metadata } from '../metadata';
import { preTokenizerName, preTokenizerSchema } from './pre-tokenizer';

const stepSchema = z.looseObject({ type: z.string() });
const tokenizerSchema = z.looseObject({
  normalizer: z.looseObject({ ...stepSchema.shape, normalizers: z.array(stepSchema).optional() }).nullish(),
  pre_tokenizer: preTokenizerSchema,
  added_tokens: z.array(z.looseObject({ id: z.int(), content: z.string(), special: z.boolean() })).default([]),
  model: z.looseObject({
    type: z.literal('BPE').describe('pairs of pieces joined in order'),
    vocab: z.record(z.string(), z.int()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    byte_fallback: z.boolean().default(false),
    unk_token: z.string().nullish(),
  }),
});
type TokenizerJson = z.infer<typeof tokenizerSchema>;

const named = z.union([z.string(), z.looseObject({ content: z.string() })]).nullish();
const settingsSchema = z.looseObject({
  bos_token: named,
  eos_token: named,
  pad_token: named,
  unk_token: named,
  add_bos_token: z.boolean().nullish(),
  add_eos_token: z.boolean().nullish(),
  chat_template: z.unknown().optional(),
});

/** How a model is talked to. */
export interface ChatSettings {
  /** Jinja. */
  template: string;
  /** What ends an answer; told where it is a special token and not the end of texts. */
  answerEnd?: string | undefined;
}

/** llama.cpp's kinds of tokens. */
const kinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** For a file without a vocabulary. */
export function withoutTokenizer(vocabSize: number): Metadata {
  const bytes = Array.from({ length: vocabSize }, (_, id) => `[${id}]`);
  return {
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string('gpt-2'),
    'tokenizer.ggml.tokens': strings(bytes),
    'tokenizer.ggml.token_type': int32s(bytes.map(() => kinds.normal)),
    'tokenizer.ggml.merges': strings([]),
    'tokenizer.ggml.add_bos_token': bool(false),
  };
}

/**
 * What llama.cpp has to know of a Hugging Face tokenizer: its pieces, filled up to `vocabSize`, how they join, which tokens are special,
 * the chat template.
 * @param chat in place of the tokenizer's own template
 * @throws UserError for tokenizers of a kind that is not written here
 */
export function tokenizerMetadata(folder: string, vocabSize: number, chat?: ChatSettings): Metadata {
  const path = join(folder, 'tokenizer.json');
  const tokenizer = readJson(path, tokenizerSchema);
  const beside = join(folder, 'tokenizer_config.json');
  const settings = existsSync(beside) ? readJson(beside, settingsSchema) : {};
  const ids = new Map(Object.entries(tokenizer.model.vocab));
  for (const { id, content } of tokenizer.added_tokens) ids.set(content, id);
  const most = [...ids.values()].reduce((largest, id) => Math.max(largest, id), -1);
  if (most >= vocabSize) {
    fail({
      what: 'The tokenizer has more tokens than the model has embeddings',
      where: path,
      got: `ids up to ${most}`,
      expected: `at most ${vocabSize - 1}`,
    });
  }
  const tokens = Array.from({ length: vocabSize }, (_, id) => `[PAD${id}]`);
  for (const [token, id] of ids) tokens[id] = token;
  const id = (name: z.infer<typeof named>): number | undefined =>
    ids.get(typeof name === 'string' ? name : (name?.content ?? ''));
  const isSpecial = tokenizer.added_tokens.some(({ content, special }) => special && content === chat?.answerEnd);
  const eot = isSpecial && id(chat?.answerEnd) !== id(settings.eos_token) ? chat?.answerEnd : undefined;
  const special = { bos: settings.bos_token, eos: settings.eos_token, eot, padding: settings.pad_token };
  const known = Object.entries(special).flatMap(([key, token]) => {
    const found = id(token);
    return found === undefined ? [] : [[`tokenizer.ggml.${key}_token_id`, uint32(found)] as const];
  });
  const template = chat?.template ?? settings.chat_template;
  return {
    ...(tokenizer.model.byte_fallback ? pieces(tokenizer, tokens) : byteLevel(tokenizer, path)),
    'tokenizer.ggml.tokens': strings(tokens),
    'tokenizer.ggml.token_type': int32s(kindsOf(tokenizer, new Set(ids.values()), vocabSize)),
    ...Object.fromEntries(known),
    'tokenizer.ggml.add_bos_token': bool(settings.add_bos_token ?? false),
    'tokenizer.ggml.add_eos_token': bool(settings.add_eos_token ?? false),
    ...(typeof template === 'string' && { 'tokenizer.chat_template': string(template) }),
  };
}

function byteLevel({ model, pre_tokenizer }: TokenizerJson, path: string): Metadata {
  return {
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string(preTokenizerName(pre_tokenizer, path)),
    'tokenizer.ggml.merges': strings(model.merges.map((pair) => (typeof pair === 'string' ? pair : pair.join(' ')))),
  };
}

/** A SentencePiece vocabulary: what is joined first has the higher score. */
function pieces(tokenizer: TokenizerJson, tokens: readonly string[]): Metadata {
  const { merges, vocab } = tokenizer.model;
  const rank = new Map<string, number>();
  merges.forEach((pair, at) => {
    const joined = (typeof pair === 'string' ? pair.split(' ') : pair).join('');
    if (!rank.has(joined) && joined in vocab) rank.set(joined, at);
  });
  return {
    'tokenizer.ggml.model': string('llama'),
    'tokenizer.ggml.pre': string('default'),
    'tokenizer.ggml.add_space_prefix': bool(putsSpaceFirst(tokenizer)),
    'tokenizer.ggml.scores': float32s(tokens.map((token) => -(rank.get(token) ?? merges.length))),
  };
}

/** Whether texts get a space before them: llama.cpp does so unless told otherwise, InternLM2 doesn't. */
function putsSpaceFirst({ normalizer, pre_tokenizer: pre }: TokenizerJson): boolean {
  const steps = normalizer?.normalizers ?? (normalizer ? [normalizer] : []);
  if (steps.some(({ type }) => type === 'Prepend')) return true;
  const parts = pre?.pretokenizers ?? (pre ? [pre] : []);
  const space = parts.find(({ type }) => type === 'Metaspace');
  return (
    space !== undefined && (space['prepend_scheme'] ?? 'always') !== 'never' && space['add_prefix_space'] !== false
  );
}

function kindsOf({ model, added_tokens }: TokenizerJson, used: ReadonlySet<number>, vocabSize: number): number[] {
  const all = Array.from({ length: vocabSize }, (_, id): number => (used.has(id) ? kinds.normal : kinds.unused));
  if (model.byte_fallback)
    for (const [token, id] of Object.entries(model.vocab)) if (/^<0x[0-9A-F]{2}>$/.test(token)) all[id] = kinds.byte;
  for (const { id, special } of added_tokens) all[id] = special ? kinds.control : kinds.userDefined;
  const unknown = model.byte_fallback && model.unk_token ? model.vocab[model.unk_token] : undefined;
  if (unknown !== undefined) all[unknown] = kinds.unknown;
  return all;
}
