import { describe, expect, it } from 'vitest';
import { minimind } from './fixtures/tokenizers';
import { checkVocabulary, loadTokenizer } from './index';

describe('checkVocabulary', () => {
  const tokenizer = loadTokenizer(minimind());
  const where = 'm/config.json';

  it('has nothing to say where all ids have embeddings, and pictures a token', () => {
    expect(() => checkVocabulary(tokenizer, { vocabSize: 6400, where })).not.toThrow();
    expect(() => checkVocabulary(tokenizer, { vocabSize: 6464, imageTokenId: 5, where })).not.toThrow();
  });

  it('says what is missing and what is too much, both at once', () => {
    expect(() => checkVocabulary(tokenizer, { vocabSize: 6000, imageTokenId: 32000, where })).toThrow(
      new RegExp(
        'The tokenizer has no token for pictures\n {2}where .*tokenizer\\.json\n {2}got {6}no token of id 32000; its ids end at 6399\n' +
          ' {2}expected the token that image_token_index of m/config\\.json names[^]*' +
          'more tokens than the model has embeddings\n.*\n {2}got {6}ids up to 6399, ".*" the first too many\n {2}expected at most 5999',
      ),
    );
  });
});
