import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { minimind } from './fixtures/tokenizers';
import { loadTokenizer } from './index';

describe('a tokenizer', () => {
  const tokenizer = loadTokenizer(join(minimind(), 'tokenizer.json'));

  it('recognises special tokens in a text, adds none, and decodes with or without them', () => {
    const ids = tokenizer.encode('<|im_start|>hi<|im_end|>');
    expect([ids[0], ids.at(-1)]).toEqual([tokenizer.id('<|im_start|>'), tokenizer.id('<|im_end|>')]);
    expect(tokenizer.decode(ids)).toBe('hi');
    expect(tokenizer.decode(ids, { keepSpecial: true })).toBe('<|im_start|>hi<|im_end|>');
  });

  it('knows its size and its own tokens', () => {
    expect(tokenizer).toMatchObject({ vocabSize: 6400, padId: 0, endId: 2, leadingId: undefined });
    expect(tokenizer.id('no such token')).toBeUndefined();
    expect(tokenizer.token(6399)).toBeTypeOf('string');
  });

  it('takes nothing for nothing, and skips ids it does not have', () => {
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([-200, 99999])).toBe('');
  });
});

describe('a tokenizer that cannot be read', () => {
  let folder = '';
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'tokenizer-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it.each<[string, () => string, string | RegExp]>([
    ['missing', () => join(folder, 'nowhere'), 'expected a tokenizer.json, or the folder that holds one'],
    ['a folder without it', () => folder, 'the folder holds no tokenizer.json'],
    [
      'cut short',
      () => file('cut.json', '{"model": {"type": "BPE", "vocab": {"a"'),
      /The file is not valid JSON\n {2}where {4}.*cut\.json:1:\d+/,
    ],
    ['another file', () => file('other.json', '{"a": 1}'), 'not a tokenizer.json'],
    [
      'of an unknown kind',
      () =>
        file(
          'kind.json',
          '{"model": {"type": "Nope"}, "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null}',
        ),
      'this tokenizer.json cannot be used',
    ],
  ])('%s', (_, path, message) => {
    expect(() => loadTokenizer(path())).toThrow(message);
  });
});
