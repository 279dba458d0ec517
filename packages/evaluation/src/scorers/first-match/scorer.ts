import { categoryMeasures } from '../../scoring/category-measures';
import { plainVerdict } from '../../scoring/row-verdict';
import type { Scorer } from '../../scoring/scorer';

/** The first of a row's labels (column `labels`, such as `answer1|answer2`) that occurs in an answer, as LLM-Adapters reads it; empty without one. */
export function firstLabel(answer: string, labels: string): string {
  return new RegExp(labels.split('|').map(escape).join('|')).exec(answer)?.[0] ?? '';
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Commonsense questions as MoSLoRA's paper asks them: the first label in what the model writes. */
export const scorer: Scorer = {
  columns: ['labels'],
  asks: 'text',
  judge: 'unused',
  usesRules: false,
  says: 'the first of the labels (answer1, solution2, true, …) that occurs in the answer',
  async score(rows, { failed }) {
    const verdicts = rows.map((row) => {
      const read = firstLabel(row.prediction ?? '', row.field('labels') ?? '');
      const by = read === '' ? 'nobody' : 'rules';
      return plainVerdict(row, { read, score: read !== '' && read === row.answer ? 1 : 0, by }, failed);
    });
    return { verdicts, measures: categoryMeasures(verdicts) };
  },
};
