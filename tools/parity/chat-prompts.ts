import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { clipProcessor, writePreprocessorConfig } from '@moslora/images';
import {
  encodePrompt,
  loadTokenizer,
  ownTemplate,
  renderOwnTemplate,
  templates,
  writeChatTemplate,
  type Template,
} from '@moslora/tokenization';
import { drawConversations } from '../../packages/tokenization/src/fixtures/conversations';

// Writes a folder for every template with every tokenizer: the chat template in Jinja that `moslora export` gives a model, and prompts
// with the text that @huggingface/jinja makes of them and the ids of tuning. check_chat_template.py holds transformers to both.
//   npx tsx tools/parity/chat-prompts.ts OUT TOKENIZER_FOLDER...
// Tokenizers get `<image>` and the template's own markers as special tokens, as the tokenizers of chat models have them.

const [out, ...tokenizers] = process.argv.slice(2);
if (out === undefined || tokenizers.length === 0) {
  console.error('usage: npx tsx tools/parity/chat-prompts.ts OUT TOKENIZER_FOLDER...');
  process.exit(2);
}
const MARKER = /<\|[^<>|]+\|>|<\/?s>/g;
const drawn = drawConversations(300).filter((turns) => turns.at(-1)?.role === 'user');

/** A copy of a tokenizer with special tokens more. */
function withTokens(from: string, to: string, markers: readonly string[]): void {
  mkdirSync(to, { recursive: true });
  const read = (name: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(from, name), 'utf8')) as Record<string, unknown>;
  const tokenizer = read('tokenizer.json');
  const known = loadTokenizer(from);
  const added = (tokenizer['added_tokens'] ?? []) as { content: string }[];
  const missing = markers.filter((marker) => !added.some(({ content }) => content === marker));
  let next = known.vocabSize;
  const special = missing.map((content) => ({
    ...{ id: known.id(content) ?? next++, content, special: true },
    ...{ normalized: false, single_word: false, lstrip: false, rstrip: false },
  }));
  writeFileSync(join(to, 'tokenizer.json'), JSON.stringify({ ...tokenizer, added_tokens: [...added, ...special] }));
  const config = read('tokenizer_config.json');
  const { added_tokens_decoder: _, ...rest } = config;
  const name = 'PreTrainedTokenizerFast';
  writeFileSync(
    join(to, 'tokenizer_config.json'),
    JSON.stringify({ ...rest, tokenizer_class: name, image_token: '<image>' }),
  );
  if (existsSync(join(from, 'chat_template.jinja')))
    cpSync(join(from, 'chat_template.jinja'), join(to, 'chat_template.jinja'));
}

for (const from of tokenizers.map((each) => resolve(each))) {
  const label = basename(basename(from) === 'models' ? dirname(from) : from);
  const own = loadTokenizer(from).chatTemplates.size > 0 ? [ownTemplate(loadTokenizer(from))] : [];
  for (const template of [...Object.values<Template>(templates), ...own]) {
    const folder = join(out, `${label}-${template.name.replace(':', '-')}`);
    withTokens(from, folder, ['<image>', ...new Set(JSON.stringify(template).match(MARKER) ?? [])]);
    writeChatTemplate(folder, template);
    const tokenizer = loadTokenizer(folder);
    const lines = drawn.map((given) => {
      const turns = template.name === 'plain' ? given.slice(-1) : given; // Of it, several turns are never tuned.
      const text = renderOwnTemplate(tokenizer, turns);
      return JSON.stringify({ turns, text, ids: encodePrompt(tokenizer, template, turns) });
    });
    writePreprocessorConfig(folder, clipProcessor(28));
    const processor = { image_token: '<image>', patch_size: 14, processor_class: 'LlavaProcessor' };
    writeFileSync(join(folder, 'processor_config.json'), JSON.stringify(processor));
    writeFileSync(join(folder, 'prompts.jsonl'), `${lines.join('\n')}\n`);
  }
}
