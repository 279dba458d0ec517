import { pythonFloat } from '../../inference/python-numbers';
import { aFewAtATime, askUntil } from '../../judge/judge';
import { meanOf, type Measure } from '../../scoring/measure';
import { plainVerdict } from '../../scoring/row-verdict';
import type { Scorer } from '../../scoring/scorer';
import { gradingPrompt } from './judge-prompt';

const CAPABILITIES = ['rec', 'ocr', 'know', 'gen', 'spat', 'math'];

/**
 * MM-Vet: a judge grades every answer from 0 to 1; there is no scoring without one. What five tries leave ungraded is 0 and counted. A question
 * counts once in each of its capabilities, as in MM-Vet's own code (in VLMEvalKit's twice where it has but one).
 */
export const scorer: Scorer = {
  columns: ['category'],
  asks: 'text',
  judge: 'required',
  usesRules: false,
  says: "MM-Vet: a judge's grade from 0 to 1; overall, per capability and per combination of them",
  async score(rows, { judge, failed }) {
    if (!judge) throw new Error('MM-Vet is scored by a judge');
    const verdicts = await aFewAtATime(rows, async (row) => {
      const prompt = gradingPrompt(row.question, row.answer ?? '', row.prediction ?? '');
      const grade = failed?.has(row.key)
        ? undefined
        : await askUntil(judge, prompt, { tries: 5, warmer: 0.5 }, (answer) => {
            const value = pythonFloat(answer);
            return value !== undefined && value >= 0 && value <= 1 ? value : undefined;
          });
      const by = grade === undefined ? 'nobody' : 'judge';
      return plainVerdict(row, { read: grade === undefined ? '' : String(grade), score: grade ?? 0, by }, failed);
    });
    const scores = verdicts.map(({ score }) => score);
    const measure = (name: string, level: Measure['level'], belongs: (category: string) => boolean): Measure[] => {
      const members = rows.flatMap(({ category = '' }, i) => (belongs(category) ? [i] : []));
      if (members.length === 0) return [];
      return [{ name, level, split: 'none', most: 1, questions: members.length, of: meanOf(scores, members) }];
    };
    const combinations = [...new Set(rows.map(({ category = '' }) => category))];
    return {
      verdicts,
      measures: [
        ...measure('Overall', 'overall', () => true),
        ...CAPABILITIES.flatMap((name) => measure(name, 'ability', (category) => category.includes(name))),
        ...combinations.flatMap((name) => measure(name.replaceAll(',', '_'), 'leaf', (category) => category === name)),
      ],
    };
  },
};
