import { abilityTable } from './ability-table';
import type { ScoreRow } from './ability-table';
import { circularEval } from './circular-eval';
import type { QuestionResult } from './circular-eval';
import type { InferenceRules } from '../../inference/infer-option';
import { readPredictions } from '../../table/question-table';
import type { Tagged } from '../../scoring/verdict';

/** What `moslora score --json` prints. */
export interface Scores {
  /** Questions scored: rows that are rotation 0. */
  questions: number;
  /** Rows of the file. */
  rows: number;
  /** CircularEval over all splits, as a fraction. */
  overall: number;
  /** The same questions by rotation 0 alone. */
  vanilla: number;
  /** Per split; absent when the file names no categories. */
  table?: ScoreRow[];
}

/** @throws UserError when the file can't be scored; see {@link readPredictions}. */
export function scorePredictions(path: string, rules: InferenceRules): Scores {
  const { rows } = readPredictions(path);
  return summarise(rows, circularEval(rows, rules).questions);
}

export function summarise(
  rows: readonly unknown[],
  questions: readonly (Tagged & Pick<QuestionResult, 'hit' | 'vanillaHit'>)[],
): Scores {
  const share = (count: number): number => (questions.length === 0 ? 0 : count / questions.length);
  const hasCategories = questions.some(
    (question) => question.category !== undefined || question.l2Category !== undefined,
  );
  return {
    questions: questions.length,
    rows: rows.length,
    overall: share(questions.filter(({ hit }) => hit).length),
    vanilla: share(questions.filter(({ vanillaHit }) => vanillaHit).length),
    ...(hasCategories ? { table: abilityTable(questions) } : {}),
  };
}
