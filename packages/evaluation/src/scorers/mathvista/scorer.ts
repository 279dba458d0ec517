import { askUntil, aFewAtATime, type Judge } from '../../judge/judge';
import { meanOf, type Measure } from '../../scoring/measure';
import { plainVerdict } from '../../scoring/row-verdict';
import type { Scorer } from '../../scoring/scorer';
import type { Verdict } from '../../scoring/verdict';
import { isRight, readAtOnce } from './check-answer';
import { extractAnswer } from './extract-answer';
import { extractionPrompt } from './judge-prompt';
import { problemOf, type Problem } from './problem';

/** MathVista: the answer is read at once where it can be, else extracted by the judge, or without one by rules of our own. */
export const scorer: Scorer = {
  columns: ['question_type', 'answer_type', 'choices', 'answer_option', 'task', 'skills'],
  asks: 'text',
  judge: 'optional',
  usesRules: true,
  says: 'MathVista: the extracted answer equals the right one; overall, per task and per skill',
  async score(rows, { rules, judge, failed }) {
    const problems = rows.map(problemOf);
    const verdicts = await aFewAtATime([...rows.keys()], async (i): Promise<Verdict> => {
      const [row, problem] = [rows[i]!, problems[i]!];
      const prediction = row.prediction ?? '';
      const ready = readAtOnce(prediction, problem, rules);
      const asked = ready === undefined && judge !== undefined && failed?.has(row.key) !== true;
      const byJudge = asked ? await extract(judge, row.question, prediction) : undefined;
      const read = ready ?? byJudge ?? (asked ? '' : extractAnswer(prediction, problem));
      const by = byJudge !== undefined ? 'judge' : read === '' ? 'nobody' : 'rules';
      const score = read !== '' && isRight(read, problem, rules) ? 1 : 0;
      return plainVerdict(row, { read, score, by, answer: problem.answer }, failed);
    });
    return { verdicts, measures: tables(verdicts, problems) };
  },
};

/** Times a judge is asked, each a half warmer, until it answers at all. */
const ASKED = { tries: 5, warmer: 0.5 };

function extract(judge: Judge, question: string, prediction: string): Promise<string | undefined> {
  return askUntil(judge, extractionPrompt(question, prediction), ASKED, (answer) => answer);
}

function tables(verdicts: readonly Verdict[], problems: readonly Problem[]): Measure[] {
  const scores = verdicts.map(({ score }) => score);
  const measure = (name: string, level: Measure['level'], belongs: (problem: Problem) => boolean): Measure => {
    const members = problems.flatMap((problem, i) => (belongs(problem) ? [i] : []));
    return { name, level, split: 'none', most: 1, questions: members.length, of: meanOf(scores, members) };
  };
  const names = (of: (problem: Problem) => string[]): string[] => [...new Set(problems.flatMap(of))].sort();
  return [
    measure('Overall', 'overall', () => true),
    ...names(({ task }) => [task]).map((name) => measure(name, 'ability', ({ task }) => task === name)),
    ...names(({ skills }) => skills).map((name) => measure(name, 'leaf', ({ skills }) => skills.includes(name))),
  ];
}
