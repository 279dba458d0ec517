import { categoryMeasures } from '../../scoring/category-measures';
import { plainVerdict } from '../../scoring/row-verdict';
import type { Scorer } from '../../scoring/scorer';
import { annotatorsOf } from '../vqa/score-vqa';
import { isExactMatch, normaliseAnswer } from './exact-match';

/** Open questions (easy-VQA, VQA-RAD): right where the answer equals an accepted one after {@link normaliseAnswer}. */
export const scorer: Scorer = {
  columns: [],
  asks: 'text',
  judge: 'unused',
  usesRules: false,
  says: 'exact match after lower case, without punctuation and articles; no answer is a miss',
  async score(rows, { failed }) {
    const verdicts = rows.map((row) => {
      const [prediction, accepted] = [row.prediction ?? '', annotatorsOf(row.answer ?? '')];
      const score = failed?.has(row.key) !== true && isExactMatch(prediction, accepted) ? 1 : 0;
      const found = { read: normaliseAnswer(prediction), score, by: 'rules', answer: accepted.join(' | ') } as const;
      return plainVerdict(row, found, failed);
    });
    return { verdicts, measures: categoryMeasures(verdicts) };
  },
};
