import { expect, it } from 'vitest';
import { figuresOf, rowsFrom } from '../../scoring/fixtures/score-reference';
import { firstLabel, scorer } from './scorer';

// By hand, after LLM-Adapters' commonsense_evaluate.py: the first of the labels that occurs, in small letters.
it.each<[string, string, string]>([
  ['the correct answer is true', 'true|false', 'true'],
  ['false, not true', 'true|false', 'false'],
  ['True', 'true|false', ''],
  ['untrue', 'true|false', 'true'],
  ['the correct answer is solution2', 'solution1|solution2', 'solution2'],
  ['answer10', 'answer1|answer2|answer3|answer4|answer5', 'answer1'],
  ['', 'option1|option2', ''],
])('%j with %s', (answer, labels, expected) => expect(firstLabel(answer, labels)).toBe(expected));

it('counts them', async () => {
  const rows = [
    ['true', 'the correct answer is true'],
    ['false', 'the correct answer is true'],
    ['true', 'I do not know'],
    ['false', 'false'],
  ].map(([answer, prediction], index) => ({
    index,
    question: '?',
    labels: 'true|false',
    answer: answer!,
    prediction: prediction!,
  }));
  expect(await figuresOf(scorer, rowsFrom(rows))).toEqual({ 'none/Overall': 0.5 });
});
