import { abilityAbbreviations } from '../../scoring/abilities';
import type { Scores } from './score-predictions';

export interface NamedScores {
  /** What was scored, such as `QMoSLoRA EN`. */
  name: string;
  scores: Scores;
}

/** Cells for a terminal or page: percentages with one decimal, a dash where there is nothing to score. */
export interface AbilityRows {
  header: string[];
  rows: string[][];
}

/**
 * A line per result and split: Overall, the six abilities, and the share right by rotation 0 alone (over all splits, so only on a
 * result's first line). The split is named where a result has several.
 */
export function abilityRows(results: readonly NamedScores[]): AbilityRows {
  const rows = results.flatMap(({ name, scores }) => {
    const table = scores.table ?? [{ split: 'none', Overall: scores.overall }];
    return table.map((row, i) => [
      table.length > 1 ? `${name} (${row.split})` : name,
      percent(row['Overall']),
      ...abilityAbbreviations.map((ability) => percent(row[ability])),
      i === 0 ? percent(scores.vanilla) : '',
    ]);
  });
  return { header: ['', 'Overall', ...abilityAbbreviations, 'Vanilla'], rows };
}

function percent(share: string | number | null | undefined): string {
  return typeof share === 'number' ? (100 * share).toFixed(1) : '–';
}
