import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { correct } from './corrections';

// The expectations are what the Rust library (0.23) gives for these two tokenizer.json.
const byteLevel = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab: { Ġ: 0, a: 1, ï: 2, '»': 3, '¿': 4, ĠĠ: 5, Â: 6, ħ: 7 }, merges: [['Ġ', 'Ġ']] },
};
const byteFallback = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
  model: {
    type: 'BPE',
    byte_fallback: true,
    vocab: { '<0x41>': 0, '<0xC3>': 1, '<0xA9>': 2, '<0xEF>': 3, '<0xBB>': 4, '<0xBF>': 5 },
    merges: [],
  },
};
const decodeWith = (tokenizer: HubTokenizer, ids: number[]): string =>
  tokenizer.decode(ids, { clean_up_tokenization_spaces: false });

describe('white space of ByteLevel', () => {
  const text = '  \ufeffa'; // U+FEFF is no white space: the second space goes with it, so the two spaces don't merge.
  it('is wrong in the library', () => {
    expect(new HubTokenizer(byteLevel, {}).encode(text).ids).toEqual([5, 2, 3, 4, 1]);
  });
  it('is corrected', () => {
    expect(correct(new HubTokenizer(byteLevel, {}), byteLevel.pre_tokenizer).encode(text).ids).toEqual([
      0, 0, 2, 3, 4, 1,
    ]);
  });
  it('counts U+0085 as white space', () => {
    expect(correct(new HubTokenizer(byteLevel, {}), byteLevel.pre_tokenizer).encode('  \u0085').ids).toEqual([5, 6, 7]);
  });
});

const metaspace = {
  ...byteFallback,
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  model: {
    type: 'BPE',
    vocab: { '▁': 0, a: 1, '▁▁': 2, '▁a': 3, 'a▁': 4 },
    merges: [
      ['▁', '▁'],
      ['▁', 'a'],
      ['a', '▁'],
    ],
  },
};

describe('spaces of Metaspace', () => {
  const tokenize = (config: object, correctly: boolean): number[] => {
    const preTokenizer = { ...metaspace.pre_tokenizer, ...config };
    const tokenizer = new HubTokenizer({ ...metaspace, pre_tokenizer: preTokenizer }, {});
    return (correctly ? correct(tokenizer, preTokenizer) : tokenizer).encode('a   a', { add_special_tokens: false })
      .ids;
  };
  it('are never split in the library', () => {
    expect(tokenize({}, false)).toEqual([3, 2, 3]);
  });
  it('are split unless switched off', () => {
    expect(tokenize({}, true)).toEqual([3, 0, 0, 3]);
    expect(tokenize({ split: false }, true)).toEqual([3, 2, 3]);
  });
});

describe('runs of bytes', () => {
  it.each([
    ['one replacement character per byte when the run is no UTF-8', [0, 1], 'A\ufffd', '\ufffd\ufffd'],
    ['a leading U+FEFF stays', [3, 4, 5, 0], 'A', '\ufeffA'],
    ['UTF-8 as before', [1, 2], 'é', 'é'],
  ])('%s', (_, ids, library, corrected) => {
    expect(decodeWith(new HubTokenizer(byteFallback, {}), ids)).toBe(library);
    expect(decodeWith(correct(new HubTokenizer(byteFallback, {}), null), ids)).toBe(corrected);
  });
});

describe('normalisation', () => {
  const form = (type: string) => ({ ...byteLevel, normalizer: { type } });
  const tokenizer = (type: string, correctly: boolean): HubTokenizer => {
    const hub = new HubTokenizer(form(type), {});
    return correctly ? correct(hub, byteLevel.pre_tokenizer) : hub;
  };
  const normalized = (type: string, text: string, correctly: boolean): string =>
    tokenizer(type, correctly).normalizer!.normalize(text);
  // Expected: what the Rust library's normalisers of these names make of the texts.
  it.each([
    ['a mark of Unicode 14 is moved past another', 'NFC', 'd\u1ac5\u064d', 'd\u064d\u1ac5', 'd\u1ac5\u064d'],
    ['a pair of Unicode 16 is composed', 'NFC', '\u{113c2}\u{113c2}', '\u{113c5}', '\u{113c2}\u{113c2}'],
    ['a letter of Unicode 16 is decomposed', 'NFD', '\u{105c9}', '\u{105d2}\u0307', '\u{105c9}'],
    ['a sign of Unicode 12 is decomposed', 'NFKC', '\u32ff', '令和', '\u32ff'],
  ])('%s by the library, not by Rust', (_, type, text, library, corrected) => {
    expect(normalized(type, text, false)).toBe(library);
    expect(normalized(type, text, true)).toBe(corrected);
  });

  it('is as before for what Unicode 9 knew', () => {
    expect(normalized('NFC', 'e\u0301\u1ac5e\u0301 d\u0307\u0323', true)).toBe('é\u1ac5é ḍ\u0307');
    expect(normalized('NFKC', 'ﾊﾟ①', true)).toBe('パ1');
  });
});
