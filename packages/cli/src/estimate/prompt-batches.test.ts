import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import { expect, it } from 'vitest';
import { mostTogether, type PromptedRow } from './prompt-batches';

const row = (question: number, picture: string, last: number): PromptedRow => ({
  ids: [1, IMAGE_TOKEN_INDEX, 2, 3, last],
  length: 4 + 36,
  ...{ question, picture },
});

it('counts the positions of rows that go through together: rotations share what they begin with', () => {
  const rows = [1, 2].flatMap((question) => [10, 11, 12, 13].map((last) => row(question, `p${question}`, last)));
  const how = { batchSize: 8, patches: 36 };
  expect(mostTogether(rows, { ...how, shares: false })).toBe(8 * 40);
  // The beginnings of both questions, 39 each; then one position of each row.
  expect(mostTogether(rows, { ...how, shares: true })).toBe(2 * 39);
  expect(mostTogether(rows, { ...how, batchSize: 4, shares: true })).toBe(39);
  expect(
    mostTogether(
      rows.map((each, at) => ({ ...each, picture: `of row ${at}` })),
      { ...how, shares: true },
    ),
  ).toBe(8 * 40);
});
