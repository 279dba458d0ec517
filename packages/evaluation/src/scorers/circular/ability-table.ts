import { abbreviate } from '../../scoring/abilities';
import { categoryMeasures, categoryNames } from '../../scoring/category-measures';
import type { Tagged } from '../../scoring/verdict';

/** One split's scores as fractions: Overall, abilities, leaf categories. null where the split has no such question. */
export type ScoreRow = { split: string } & Record<string, string | number | null>;

/**
 * Scores per split, as VLMEvalKit's `*_acc.csv`: Overall (per question, not the mean of abilities), then abilities sorted by their
 * full name, then leaf categories sorted by name; fractions to ten decimals. Splits in the order of the questions' indices; `none`
 * where the file names none.
 */
export function abilityTable(questions: readonly (Tagged & { hit: boolean })[]): ScoreRow[] {
  const measures = categoryMeasures(questions.map(({ hit, ...tags }) => ({ ...tags, score: hit ? 1 : 0 })));
  const once = new Uint8Array(questions.length).fill(1);
  const { l2, leaves } = categoryNames(questions);
  const names = ['Overall', ...l2.map(abbreviate), ...leaves];
  return [...new Set(measures.map(({ split }) => split))].map((split) => {
    const row: ScoreRow = { split };
    for (const name of names) row[name] = null;
    for (const measure of measures)
      if (measure.split === split) row[measure.name] = Number(measure.of(once).toFixed(10));
    return row;
  });
}
