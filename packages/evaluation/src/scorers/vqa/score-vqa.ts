import { pythonLiteral } from '../../inference/python-literal';
import { categoryMeasures } from '../../scoring/category-measures';
import { meanOf } from '../../scoring/measure';
import { plainVerdict } from '../../scoring/row-verdict';
import type { Scored, ScoringOptions } from '../../scoring/scorer';
import type { QuestionRow } from '../../table/question-row';
import { vqaAccuracy } from './accuracy';
import { normaliseVqaAnswer, type Normalisation } from './normalise';

/** VQA accuracy of every row by one normalisation, and beside it what VLMEvalKit's would give. */
export function scoreVqa(rows: readonly QuestionRow[], how: Normalisation, { failed }: ScoringOptions): Scored {
  const verdicts = rows.map((row) => {
    const answers = annotatorsOf(row.answer ?? '');
    const score = failed?.has(row.key) ? 0 : vqaAccuracy(row.prediction ?? '', answers, how);
    const read = normaliseVqaAnswer(row.prediction ?? '', how);
    return plainVerdict(row, { read, score, by: 'rules', answer: answers.join(' | ') }, failed);
  });
  const others = rows.map((row) =>
    failed?.has(row.key) ? 0 : vqaAccuracy(row.prediction ?? '', annotatorsOf(row.answer ?? ''), 'vlmevalkit'),
  );
  const all = rows.map((_, i) => i);
  const beside = {
    name: "VLMEvalKit's normalisation",
    level: 'other',
    split: 'none',
    most: 1,
    questions: rows.length,
    of: meanOf(others, all),
  } as const;
  return { verdicts, measures: [...categoryMeasures(verdicts), beside] };
}

/** The annotators' answers of a row: a list in Python's notation, or one answer. */
export function annotatorsOf(answer: string): string[] {
  const list = pythonLiteral(answer);
  return Array.isArray(list) ? list.map(String) : [answer];
}
