import { continuationsOf, likelihoodText, type QuestionRow } from '@moslora/evaluation';
import { logLikelihoods, type ScoredIds } from '@moslora/model-llava';
import { inBatches, madeOf, tooLong, type AskOptions } from './ask-rows';
import { encodeContinuation } from './encode-row';

interface Compared {
  key: string;
  options: ScoredIds[];
  /** Of the longest option with its context. */
  length: number;
}

/** Has the model say how likely each option of rows is, rows of like length together; answers are the log-likelihoods. */
export async function askLikelihoods(rows: readonly QuestionRow[], options: AskOptions): Promise<void> {
  const { answerer, model, add } = options;
  const compared = madeOf(
    rows,
    (row): Compared | string => {
      const encoded = continuationsOf(row).map((each) => encodeContinuation(answerer.tokenizer, each));
      const length = Math.max(...encoded.map(({ ids }) => ids.length));
      return tooLong(model, length) ?? { key: row.key, options: encoded, length };
    },
    add,
  );
  await inBatches(
    compared.sort((a, b) => a.length - b.length),
    options,
    async (batch) => {
      const values = logLikelihoods(
        model.speaker.decoder,
        batch.map((row) => row.options),
      );
      return values.map(likelihoodText);
    },
  );
}
