import type { Measure } from '../../scoring/measure';
import type { Scorer } from '../../scoring/scorer';
import { yesNoVerdicts } from '../../yes-no/yes-no-verdicts';
import { categoryScore, perception, cognition } from './mme-score';

/**
 * MME: per category 100 x (share of right answers + share of pictures whose two questions are both right); perception is the sum over
 * its ten categories (of 2000), cognition over its four (of 800), and Overall both together, scaled to 100.
 */
export const scorer: Scorer = {
  columns: ['category', 'image_path'],
  asks: 'text',
  judge: 'optional',
  usesRules: false,
  says: 'MME: accuracy plus accuracy of pairs per category, summed over perception (of 2000) and cognition (of 800)',
  async score(rows, options) {
    const verdicts = await yesNoVerdicts(rows, options);
    const pictures = new Map<string, number>();
    const units = rows.map((row) => {
      const name = `${row.category} ${row.field('image_path')}`;
      if (!pictures.has(name)) pictures.set(name, pictures.size);
      return pictures.get(name)!;
    });
    const scores = verdicts.map(({ score }) => score);
    const names = [...new Set(rows.map((row) => row.category ?? ''))].sort();
    const single = new Map(names.map((name) => [name, categoryScore(scores, units, placesOf(name))]));
    const all = { split: 'none', questions: rows.length } as const;
    const sum = (name: string, of: readonly string[], level: Measure['level']): Measure => {
      const there = of.filter((category) => single.has(category));
      const parts = there.map((category) => single.get(category)!);
      const questions = there.reduce((count, category) => count + placesOf(category).length, 0);
      return {
        ...{ name, level, split: 'none', questions, most: 200 * there.length },
        of: (weights) => parts.reduce((total, part) => total + part(weights), 0),
      };
    };
    const both = sum('Perception and cognition', [...perception, ...cognition], 'other');
    return {
      verdicts,
      units,
      measures: [
        { ...all, name: 'Overall', level: 'overall', most: 1, of: (weights) => both.of(weights) / both.most },
        ...[sum('Perception', perception, 'ability'), sum('Cognition', cognition, 'ability')].filter(
          ({ questions }) => questions > 0,
        ),
        both,
        ...names.map((name) => sum(name, [name], 'leaf')),
      ],
    };

    function placesOf(category: string): number[] {
      return rows.flatMap((row, i) => ((row.category ?? '') === category ? [i] : []));
    }
  },
};
