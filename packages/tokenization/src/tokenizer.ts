import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { fail } from '@moslora/specs';
import { correct } from './corrections';
import { readTokenizerFiles } from './tokenizer-files';

export interface Tokenizer {
  /** The tokenizer.json it came from; named in errors. */
  readonly path: string;
  /** Text to ids. Adds no special tokens; recognises those that stand in the text. */
  encode(text: string): number[];
  /** Ids to text; ids outside the vocabulary are skipped, special tokens too unless `keepSpecial`. */
  decode(ids: readonly number[], options?: { keepSpecial?: boolean }): string;
  /** The id of one token of the vocabulary, added tokens included. */
  id(token: string): number | undefined;
  token(id: number): string | undefined;
  /** Whether an id is a special token, which is no part of what is said. */
  isSpecial(id: number): boolean;
  /** Largest id + 1: rows an embedding table needs at least. */
  readonly vocabSize: number;
  /** What the tokenizer's own post-processor puts before a text (LLaMA: `<s>`); undefined where it puts nothing. */
  readonly leadingId: number | undefined;
  /** The token chat templates call `bos_token`. */
  readonly bosToken: string | undefined;
  /** For padding: the configured pad token, else the end token, else 0 (padding is never attended to). */
  readonly padId: number;
  /** The end-of-text token of tokenizer_config.json. */
  readonly endId: number | undefined;
  /** The model's own chat templates, in Jinja, by name; the one meant first. */
  readonly chatTemplates: ReadonlyMap<string, string>;
}

/**
 * Loads a Hugging Face tokenizer from a tokenizer.json or the folder that holds it; ids and texts equal those of the Rust library.
 * @throws UserError when the file is missing, cut short, or of a kind that @huggingface/tokenizers does not know.
 */
export function loadTokenizer(pathOrFolder: string): Tokenizer {
  const { path, tokenizer, config, chatTemplates } = readTokenizerFiles(pathOrFolder);
  let hub: HubTokenizer;
  try {
    // Settings of tokenizer_config.json that change texts belong to Python's slow tokenizers: left out on purpose.
    hub = correct(new HubTokenizer({ added_tokens: [], ...tokenizer }, {}), tokenizer['pre_tokenizer']);
  } catch (error) {
    fail({ what: 'this tokenizer.json cannot be used', where: path, got: (error as Error).message });
  }
  const id = (token: string): number | undefined => hub.token_to_id(token);
  const named = (key: string): number | undefined => {
    const name = tokenName(config[key]);
    return name === undefined ? undefined : id(name);
  };
  const added = hub.get_added_tokens_decoder();
  const vocabSize = [...hub.get_vocab().values()].reduce((largest, value) => Math.max(largest, value), -1) + 1;
  return {
    path,
    encode: (text) => (text === '' ? [] : hub.encode(text, { add_special_tokens: false }).ids),
    decode(ids, options = {}) {
      const known = ids.filter((value) => hub.id_to_token(value) !== undefined);
      if (known.length === 0) return '';
      return hub.decode(known, { skip_special_tokens: !options.keepSpecial, clean_up_tokenization_spaces: false });
    },
    id,
    token: (value) => hub.id_to_token(value),
    isSpecial: (value) => added.get(value)?.special === true,
    vocabSize,
    leadingId: leadingId(hub),
    bosToken: tokenName(config['bos_token']),
    padId: named('pad_token') ?? named('eos_token') ?? 0,
    endId: named('eos_token'),
    chatTemplates,
  };
}

/** What the post-processor puts before a text, found by trying: some put their tokens only after it. */
function leadingId(hub: HubTokenizer): number | undefined {
  const bare = hub.encode('a', { add_special_tokens: false }).ids;
  const full = hub.encode('a').ids;
  return full.length > bare.length && full[0] !== bare[0] ? full[0] : undefined;
}

/** tokenizer_config.json names a token by its text or by an object that holds it. */
function tokenName(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'content' in value && typeof value.content === 'string')
    return value.content;
  return undefined;
}
