import { expect, it } from 'vitest';
import { figuresOf, rowsFrom } from '../../scoring/fixtures/score-reference';
import { continuationsOf, likelihoodText, readLikelihoods } from './continuations';
import { scorer } from './scorer';

const row = (index: number, options: [string, string], answer: string, values: number[]) => ({
  ...{ index, question: 'Q:', A: options[0], B: options[1], answer },
  prediction: likelihoodText(values),
});

it('compares options after the question, or the rest of a sentence after each', () => {
  const [plain, blank] = rowsFrom([
    { index: 1, question: 'Question: why?\nAnswer:', A: 'so', B: 'because' },
    { index: 2, question: 'Ann fed Bea, since _ was hungry.', A: 'Ann', B: 'Bea', blank: 'yes' },
  ]);
  expect(continuationsOf(plain!)).toEqual([
    { letter: 'A', context: 'Question: why?\nAnswer:', continuation: ' so' },
    { letter: 'B', context: 'Question: why?\nAnswer:', continuation: ' because' },
  ]);
  expect(continuationsOf(blank!)[1]).toEqual({
    letter: 'B',
    context: 'Ann fed Bea, since Bea',
    continuation: ' was hungry.',
  });
});

// By hand: log-likelihoods over the lengths in characters (acc_norm), as they are (acc), over bytes (acc_bytes).
it('takes the likeliest option per character, and beside it by other lengths', async () => {
  const rows = rowsFrom([
    row(1, ['ab', 'abcdefgh'], 'B', [-4, -8]), // -2 and -1 a character: B; not normalised A
    row(2, ['ab', 'abcdefgh'], 'A', [-1, -8]), // -0.5 and -1: A; A
    row(3, ['猫', 'cat'], 'A', [-2, -6.5]), // -2 and -2.17 a character: A; -0.67 and -2.17 a byte: A
    row(4, ['猫猫', 'dog'], 'B', [-6, -7.5]), // -3 and -2.5: B; A; a byte -1 and -2.5: A
    { ...row(5, ['a', 'b'], 'A', [-1, -2]), prediction: 'A' }, // no likelihoods: a miss
  ]);
  expect(await figuresOf(scorer, rows)).toEqual({
    'none/Overall': 4 / 5,
    'none/not normalised': 2 / 5,
    'none/per byte': 3 / 5,
  });
});

it('writes likelihoods so that they can be read back', () => {
  expect(readLikelihoods(likelihoodText([-1.23456789, -200]), 2)).toEqual([-1.23456789, -200]);
  expect(readLikelihoods('-1 x', 2)).toBeUndefined();
  expect(readLikelihoods('', 0)).toBeUndefined();
});
