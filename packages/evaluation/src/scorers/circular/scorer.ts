import { aFewAtATime } from '../../judge/judge';
import { categoryMeasures } from '../../scoring/category-measures';
import { meanOf, type Measure } from '../../scoring/measure';
import type { Scorer } from '../../scoring/scorer';
import { tagsOf, type Verdict } from '../../scoring/verdict';
import { circularEval, type QuestionResult } from './circular-eval';
import { judgeRotations } from './judge-rotations';

/** MMBench and CCBench: CircularEval per split, ability and leaf; beside it what rotation 0 alone, and every row by itself, would give. */
export const scorer: Scorer = {
  columns: ['A', 'B'],
  asks: 'text',
  judge: 'optional',
  usesRules: true,
  says: 'CircularEval: a question counts where its answer is right under every rotation of its options',
  async score(rows, { rules, judge, failed }) {
    const { questions, orphans } = circularEval(rows, rules);
    const rowOf = new Map(rows.map((row) => [row.index, row]));
    const judged = judge
      ? await aFewAtATime(questions, (question) => judgeRotations(question, rowOf, judge, rules, failed))
      : questions;
    const verdicts = judged.map((question) => verdictOf(question, failed));
    return {
      verdicts,
      measures: [...categoryMeasures(verdicts), ...vanillaMeasures(judged)],
      orphans: orphans.map(String),
    };
  },
};

function verdictOf(question: QuestionResult, failed: ReadonlyMap<string, string> | undefined): Verdict {
  return {
    key: String(question.index),
    question: question.question,
    score: question.hit ? 1 : 0,
    ...tagsOf(question),
    rows: question.rotations.map(({ index, prediction, answer, inferred, right, judged }) => {
      const reason = failed?.get(String(index));
      return {
        key: String(index),
        prediction,
        read: inferred || '',
        answer,
        score: right ? 1 : 0,
        by: judged ? 'judge' : inferred === false ? 'nobody' : 'rules',
        ...(reason === undefined ? {} : { failed: reason }),
      };
    }),
  };
}

/** VLMEvalKit's PRINT_VANILLA: rotation 0 alone, and all rows each by itself. */
function vanillaMeasures(questions: readonly QuestionResult[]): Measure[] {
  const all = questions.map((_, i) => i);
  const counts = questions.map(({ rotations }) => rotations.length);
  const right = questions.map(({ rotations }) => rotations.filter((rotation) => rotation.right).length);
  const about = { level: 'other', split: 'none', most: 1 } as const;
  const ofRows: Measure['of'] = (weights) => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < counts.length; i += 1) {
      sum += weights[i]! * right[i]!;
      count += weights[i]! * counts[i]!;
    }
    return sum / count;
  };
  const vanilla = questions.map(({ vanillaHit }) => (vanillaHit ? 1 : 0));
  return [
    { ...about, name: 'Vanilla', questions: questions.length, of: meanOf(vanilla, all) },
    { ...about, name: 'Every row', questions: questions.length, of: ofRows },
  ];
}
