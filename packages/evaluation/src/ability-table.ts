import { abbreviate } from './abilities';
import type { QuestionResult } from './circular-eval';

/** One split's scores as fractions: Overall, abilities, leaf categories. null where the split has no such question. */
export type ScoreRow = { split: string } & Record<string, string | number | null>;

/**
 * Scores per split, as VLMEvalKit's `*_acc.csv`: Overall (per question, not the mean of abilities), then abilities sorted by their
 * full name, then leaf categories sorted by name; fractions to ten decimals. Splits in the order of the questions' indices; `none`
 * where the file names none.
 */
export function abilityTable(questions: readonly QuestionResult[]): ScoreRow[] {
  const l2 = namesOf(questions, (question) => question.l2Category);
  const leaves = namesOf(questions, (question) => question.category);
  const splits = [...new Set(questions.map(splitOf))];
  return splits.map((split) => {
    const inSplit = questions.filter((question) => splitOf(question) === split);
    const row: ScoreRow = { split, Overall: share(inSplit) };
    for (const name of l2) row[abbreviate(name)] = share(inSplit.filter((question) => question.l2Category === name));
    for (const name of leaves) row[name] = share(inSplit.filter((question) => question.category === name));
    return row;
  });
}

const splitOf = (question: QuestionResult): string => question.split ?? 'none';

function namesOf(
  questions: readonly QuestionResult[],
  name: (question: QuestionResult) => string | undefined,
): string[] {
  return [...new Set(questions.map(name).filter((value) => value !== undefined))].sort();
}

function share(questions: readonly QuestionResult[]): number | null {
  if (questions.length === 0) return null;
  return Number((questions.filter(({ hit }) => hit).length / questions.length).toFixed(10));
}
