import type { Weights } from '../../scoring/measure';

export const perception = [
  'OCR',
  'artwork',
  'celebrity',
  'color',
  'count',
  'existence',
  'landmark',
  'position',
  'posters',
  'scene',
];
export const cognition = ['code_reasoning', 'commonsense_reasoning', 'numerical_calculation', 'text_translation'];

/**
 * A category's score, at most 200: 100 x the share of right answers + 100 x the share of pictures of which every question is right.
 * @param places of the category's questions among all
 */
export function categoryScore(
  scores: readonly number[],
  units: readonly number[],
  places: readonly number[],
): (weights: Weights) => number {
  const byPicture = new Map<number, number[]>();
  for (const place of places) {
    const unit = units[place]!;
    byPicture.set(unit, [...(byPicture.get(unit) ?? []), place]);
  }
  const pictures = [...byPicture.values()].map((members) => ({
    first: members[0]!,
    questions: members.length,
    right: members.reduce((sum, place) => sum + scores[place]!, 0),
  }));
  return (weights) => {
    let [questions, right, drawn, whole] = [0, 0, 0, 0];
    for (const picture of pictures) {
      const weight = weights[picture.first]!;
      questions += weight * picture.questions;
      right += weight * picture.right;
      drawn += weight;
      if (picture.right === picture.questions) whole += weight;
    }
    return (100 * right) / questions + (100 * whole) / drawn;
  };
}
