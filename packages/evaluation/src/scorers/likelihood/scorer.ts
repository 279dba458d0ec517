import { codePoints } from '../../inference/python-strings';
import { categoryMeasures } from '../../scoring/category-measures';
import { meanOf, type Measure } from '../../scoring/measure';
import { plainVerdict } from '../../scoring/row-verdict';
import type { Scorer } from '../../scoring/scorer';
import type { QuestionRow } from '../../table/question-row';
import { continuationsOf, readLikelihoods } from './continuations';

/** What a log-likelihood is divided by before options are compared. */
const divisors: Record<string, (text: string) => number> = {
  'per character': codePoints,
  'not normalised': () => 1,
  'per byte': (text) => Buffer.byteLength(text),
};

/** Questions with options, by the option that is likeliest per character (lm-evaluation-harness' `acc_norm`); beside it `acc` and `acc_bytes`. */
export const scorer: Scorer = {
  columns: ['A', 'B'],
  asks: 'likelihoods',
  judge: 'unused',
  usesRules: false,
  says: 'the option with the largest log-likelihood per character',
  async score(rows, { failed }) {
    const chosen = Object.values(divisors).map((length) => rows.map((row) => likeliest(row, length)));
    const verdicts = rows.map((row, i) => {
      const read = chosen[0]![i] ?? '';
      const by = read === '' ? 'nobody' : 'rules';
      return plainVerdict(row, { read, score: read !== '' && read === row.answer ? 1 : 0, by }, failed);
    });
    const all = rows.map((_, i) => i);
    const beside = Object.keys(divisors).flatMap((name, k): Measure[] => {
      if (k === 0) return [];
      const scores = rows.map(({ answer }, i) => (chosen[k]![i] === answer && answer !== undefined ? 1 : 0));
      return [{ name, level: 'other', split: 'none', most: 1, questions: rows.length, of: meanOf(scores, all) }];
    });
    return { verdicts, measures: [...categoryMeasures(verdicts), ...beside] };
  },
};

/** The first option with the largest value; undefined where the row has no likelihoods. */
function likeliest(row: QuestionRow, length: (text: string) => number): string | undefined {
  const asked = continuationsOf(row);
  const values = readLikelihoods(row.prediction ?? '', asked.length);
  if (!values) return undefined;
  // The space before an option is no part of its length.
  const divided = values.map((value, i) => value / length(asked[i]!.continuation.slice(1)));
  return asked[divided.indexOf(Math.max(...divided))]?.letter;
}
