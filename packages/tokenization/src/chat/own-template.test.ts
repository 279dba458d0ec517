import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimind } from '../fixtures/tokenizers';
import { loadTokenizer, ownTemplate, templateFor, templateFromFolder, templates, writeTemplate } from '../index';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chat-'));
  copyFileSync(join(minimind(), 'tokenizer.json'), join(folder, 'tokenizer.json'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const chat = (word: string): string =>
  `{% for m in messages %}${word} {{ m.role }}: {{ m.content }}{% if m.role == 'assistant' %}<|im_end|>{% endif %}\n{% endfor %}` +
  `{% if add_generation_prompt %}${word} assistant: {% endif %}`;
const config = (json: object): void => writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(json));
const names = (): string[] => [...loadTokenizer(folder).chatTemplates.keys()];

describe('the chat templates of a folder', () => {
  it('stand in tokenizer_config.json, one or several by name, the default first', () => {
    config({ chat_template: chat('a') });
    expect(names()).toEqual(['default']);
    config({
      chat_template: [
        { name: 'tool_use', template: chat('tool') },
        { name: 'default', template: chat('a') },
      ],
    });
    expect(names()).toEqual(['default', 'tool_use']);
    expect(ownTemplate(loadTokenizer(folder)).jinja).toBe(chat('a'));
    expect(ownTemplate(loadTokenizer(folder), 'tool_use')).toMatchObject({
      name: 'chat:tool_use',
      jinja: chat('tool'),
    });
    expect(() => ownTemplate(loadTokenizer(folder), 'tool-use')).toThrow(
      /no chat template tool-use[^]*expected one of default, tool_use\n {2}do {7}did you mean tool_use\?/,
    );
  });

  it('or in chat_template.json, or in chat_template.jinja with others beside it', () => {
    config({ chat_template: chat('config') });
    writeFileSync(join(folder, 'chat_template.json'), JSON.stringify({ chat_template: chat('json') }));
    expect(ownTemplate(loadTokenizer(folder)).jinja).toBe(chat('json'));
    writeFileSync(join(folder, 'chat_template.jinja'), chat('jinja'));
    mkdirSync(join(folder, 'additional_chat_templates'));
    writeFileSync(join(folder, 'additional_chat_templates/rag.jinja'), chat('rag'));
    expect(names()).toEqual(['default', 'rag']);
    expect(ownTemplate(loadTokenizer(folder)).jinja).toBe(chat('jinja'));
  });
});

describe('ownTemplate', () => {
  it('ends an answer with the special token after it, else with the end token', () => {
    config({ chat_template: chat('a'), eos_token: '</s>' });
    expect(ownTemplate(loadTokenizer(folder))).toEqual({
      ...{ name: 'chat:default', jinja: chat('a'), content: 'text', bosToken: '', eosToken: '' },
      ...{ suffix: '<|im_end|>', stop: ['<|im_end|>'], variables: {} },
    });
    config({ chat_template: chat('a').replace('<|im_end|>', ' '), eos_token: '<|endoftext|>' });
    expect(ownTemplate(loadTokenizer(folder)).suffix).toBe('<|endoftext|>');
    config({ chat_template: chat('a').replace('<|im_end|>', ' ') });
    expect(() => ownTemplate(loadTokenizer(folder))).toThrow(/nothing ends an answer[^]*got {6}" " after an answer/);
  });

  it('knows content in parts, and says what is wrong with a template', () => {
    config({ chat_template: chat('a').replaceAll('m.content', 'm.content[0].text') });
    expect(ownTemplate(loadTokenizer(folder)).content).toBe('parts');
    config({ chat_template: '{% for m in %}' });
    expect(() => ownTemplate(loadTokenizer(folder))).toThrow(/cannot be rendered\n {2}where .*tokenizer\.json/);
    config({});
    expect(() => ownTemplate(loadTokenizer(folder))).toThrow('the tokenizer has no chat template');
  });
});

describe('templateFor', () => {
  it('takes a known name, the own template, or whichever fits', () => {
    config({ chat_template: chat('a') });
    const tokenizer = loadTokenizer(folder);
    expect(templateFor('qwen', folder, tokenizer)).toBe(templates.qwen);
    expect(templateFor('chat', folder, tokenizer)).toEqual(ownTemplate(tokenizer));
    expect(templateFor('chat:default', folder, tokenizer)).toEqual(ownTemplate(tokenizer));
    expect(templateFor('auto', folder, tokenizer)).toEqual(ownTemplate(tokenizer));
    expect(templateFor('auto', minimind(), loadTokenizer(minimind()))).toEqual(templates.minimind);
  });

  it('travels: what is stored is read back, with no need of the tokenizer that had it', () => {
    config({ chat_template: chat('a') });
    const own = templateFor('chat', folder, loadTokenizer(folder));
    const other = mkdtempSync(join(tmpdir(), 'tuned-'));
    writeTemplate(other, own);
    expect(templateFromFolder(other, loadTokenizer(minimind()))).toEqual(own);
    rmSync(other, { recursive: true });
  });
});
