import { abbreviate } from './abilities';
import { meanOf, type Measure } from './measure';
import type { Tagged } from './verdict';

type Scored = Tagged & { score: number };

/**
 * Mean scores per split, as VLMEvalKit's `report_acc`: Overall, then each l2-category sorted by its full name, then each category
 * sorted by name. Splits in the order of the questions.
 */
export function categoryMeasures(verdicts: readonly Scored[]): Measure[] {
  const scores = verdicts.map(({ score }) => score);
  const { l2, leaves } = categoryNames(verdicts);
  const splits = [...new Set(verdicts.map(splitOf))];
  return splits.flatMap((split) => {
    const measure = (name: string, level: Measure['level'], belongs: (verdict: Scored) => boolean): Measure[] => {
      const members = verdicts.flatMap((verdict, i) => (splitOf(verdict) === split && belongs(verdict) ? [i] : []));
      if (members.length === 0) return [];
      return [{ name, level, split, most: 1, questions: members.length, of: meanOf(scores, members) }];
    };
    return [
      ...measure('Overall', 'overall', () => true),
      ...l2.flatMap((name) => measure(abbreviate(name), 'ability', ({ l2Category }) => l2Category === name)),
      ...leaves.flatMap((name) => measure(name, 'leaf', ({ category }) => category === name)),
    ];
  });
}

/** The names of l2-categories and of categories, sorted; an l2-category's by its full name. */
export function categoryNames(questions: readonly Tagged[]): { l2: string[]; leaves: string[] } {
  const names = (tag: 'l2Category' | 'category'): string[] =>
    [...new Set(questions.map((question) => question[tag]).filter((name) => name !== undefined))].sort();
  return { l2: names('l2Category'), leaves: names('category') };
}

/** A verdict's split; `none` where the file names none. */
export const splitOf = ({ split }: Tagged): string => split ?? 'none';
