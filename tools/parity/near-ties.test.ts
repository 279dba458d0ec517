import { expect, it } from 'vitest';
import { nearTies } from './near-ties';

it('tells differences of logits, and how close a choice was that differs', () => {
  const ours = [1, 5, 4.5, 0];
  const said = nearTies([
    {
      ours,
      theirs: [
        [1, 5.125],
        [2, 4.5],
      ],
    },
    {
      ours,
      theirs: [
        [2, 4.875],
        [1, 4.75],
      ],
    },
    { ours: [9, 1], theirs: [[0, 9]] },
  ]);
  expect(said).toEqual({
    ...{ positions: 3, difference: { median: 0.125, largest: 0.125 }, reach: 0.25 },
    ...{ gaps: [0.5], usualGap: 0.5, open: 0 },
  });
});
