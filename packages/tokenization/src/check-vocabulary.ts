import { fail, type Problem } from '@moslora/specs';
import type { Tokenizer } from './tokenizer';

export interface Vocabulary {
  /** V: rows of the model's embedding table. */
  vocabSize: number;
  /** The id that stands for a picture in this model, where it has one (`image_token_index`). */
  imageTokenId?: number | undefined;
  /** The model's config.json, for errors. */
  where: string;
}

/**
 * Holds a tokenizer against the model whose folder it lies in.
 * @throws UserError where it lacks the token that stands for a picture, or has ids that the model has no embedding for
 */
export function checkVocabulary(tokenizer: Tokenizer, { vocabSize, imageTokenId, where }: Vocabulary): void {
  const problems: Problem[] = [];
  if (imageTokenId !== undefined && tokenizer.token(imageTokenId) === undefined) {
    problems.push({
      what: 'The tokenizer has no token for pictures',
      where: tokenizer.path,
      got: `no token of id ${imageTokenId}; its ids end at ${tokenizer.vocabSize - 1}`,
      expected: `the token that image_token_index of ${where} names, <image> as a rule`,
      fix: 'take the tokenizer.json published with this model: that of its language model alone lacks the token',
    });
  }
  if (tokenizer.vocabSize > vocabSize) {
    const first = tokenizer.token(vocabSize);
    problems.push({
      what: 'The tokenizer has more tokens than the model has embeddings',
      where: tokenizer.path,
      got: `ids up to ${tokenizer.vocabSize - 1}${first === undefined ? '' : `, ${JSON.stringify(first)} the first too many`}`,
      expected: `at most ${vocabSize - 1}, as vocab_size of ${where} says`,
      fix: 'take the tokenizer.json published with this model, or a checkpoint whose embeddings were resized to it',
    });
  }
  if (problems.length > 0) fail(problems);
}
