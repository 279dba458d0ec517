import { inferOption } from '../../inference/infer-option';
import { aFewAtATime } from '../../judge/judge';
import { judgeChoice } from '../../judge/read-choices';
import { categoryMeasures } from '../../scoring/category-measures';
import type { Scorer } from '../../scoring/scorer';
import { plainVerdict } from '../../scoring/row-verdict';

/** SEED-Bench, AI2D, ScienceQA: each row by itself, the letter read by the inference rules (VLMEvalKit's `mcq_vanilla_eval`). */
export const scorer: Scorer = {
  columns: ['A', 'B'],
  asks: 'text',
  judge: 'optional',
  usesRules: true,
  says: 'each question once, by the letter read from its answer',
  async score(rows, { rules, judge, failed }) {
    const verdicts = await aFewAtATime(rows, async (row) => {
      const byRules = inferOption(row.prediction ?? '', row.options, rules) || undefined;
      const ask = byRules === undefined && judge !== undefined && failed?.has(row.key) !== true;
      const byJudge = ask ? await judgeChoice(judge, row, rules) : undefined;
      const read = byRules ?? byJudge;
      const by = byRules !== undefined ? 'rules' : byJudge !== undefined ? 'judge' : 'nobody';
      return plainVerdict(row, { read: read ?? '', score: read === row.answer ? 1 : 0, by }, failed);
    });
    return { verdicts, measures: categoryMeasures(verdicts) };
  },
};
