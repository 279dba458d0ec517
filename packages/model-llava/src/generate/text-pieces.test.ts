import { Rng } from '@moslora/runtime';
import type { Tokenizer } from '@moslora/tokenization';
import { describe, expect, it } from 'vitest';
import { byteFallbackTokenizer, byteLevelTokenizer } from './fixtures/tiny-tokenizer';
import { TextPieces } from './text-pieces';

function pieces(tokenizer: Tokenizer, ids: readonly number[]): string[] {
  const text = new TextPieces(tokenizer);
  return [...ids.map((id) => text.push(id)), text.end()];
}

/** Whether a text ends or starts within a character. */
const broken = (text: string): boolean => /\p{Surrogate}/u.test(text) || text.includes('\ufffd');

describe('TextPieces', () => {
  it('waits for the last byte of a character', () => {
    const tokenizer = byteLevelTokenizer();
    const ids = tokenizer.encode('aé😀b中');
    expect(ids).toHaveLength(1 + 2 + 4 + 1 + 3);
    expect(pieces(tokenizer, ids)).toEqual(['a', '', 'é', '', '', '', '😀', 'b', '', '', '中', '']);
  });

  it('keeps spaces as they are in the whole', () => {
    const tokenizer = byteFallbackTokenizer();
    const ids = ['▁a', '▁cat', 's', '▁', '▁a', '.'].map((token) => tokenizer.id(token)!);
    expect(pieces(tokenizer, ids).join('')).toBe('a cats  a.');
  });

  it.each([
    ['byte-level', byteLevelTokenizer()],
    ['byte-fallback', byteFallbackTokenizer()],
  ])('gives the whole of long texts in unbroken pieces, %s', (_, tokenizer) => {
    const rng = new Rng(5);
    const parts = ['a', 'é', '中', '😀', 'b', tokenizer.id('▁cat') === undefined ? ' cat' : '▁cat', 's', '.'];
    for (let round = 0; round < 20; round += 1) {
      const ids = Array.from({ length: 300 }, () => rng.pick(parts)).flatMap((part) => {
        const id = tokenizer.id(part);
        if (id !== undefined) return [id];
        if (tokenizer.id('<0x00>') === undefined) return tokenizer.encode(part);
        return [...Buffer.from(part)].map((byte) => byte);
      });
      const found = pieces(tokenizer, ids);
      expect(found.join('')).toBe(tokenizer.decode(ids));
      expect(found.filter(broken)).toEqual([]);
    }
  });

  it('gives bytes that make no character as what they are, once it is certain', () => {
    const tokenizer = byteLevelTokenizer();
    const [lead] = tokenizer.encode('中');
    const [a] = tokenizer.encode('a');
    expect(pieces(tokenizer, [a!, lead!, a!])).toEqual(['a', '', '\ufffda', '']);
    expect(pieces(tokenizer, [a!, lead!])).toEqual(['a', '', '\ufffd']);
  });
});
