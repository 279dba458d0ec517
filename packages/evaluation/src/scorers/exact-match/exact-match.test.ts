import { describe, expect, it } from 'vitest';
import { isExactMatch, normaliseAnswer, scoreOpenAnswers } from '../../index';

describe('normaliseAnswer', () => {
  it.each([
    ['The red circle.', 'red circle'],
    ['  A   Dog!  ', 'dog'],
    ['Yes, it is.', 'yes it is'],
    ['3.5 cm', '3.5 cm'],
    ['1,000', '1,000'],
    ['X-Ray', 'x-ray'],
    ['- left lung -', 'left lung'],
    ["doesn't", 'doesnt'],
    ['“Theatre”', 'theatre'],
    ['红色。', '红色'],
    ['ｙｅｓ', 'yes'],
    ['the', ''],
  ])('%j', (answer, normalised) => {
    expect(normaliseAnswer(answer)).toBe(normalised);
    expect(normaliseAnswer(normalised)).toBe(normalised);
  });
});

it('matches any accepted answer, as a whole', () => {
  expect(isExactMatch('A circle.', ['square', 'Circle'])).toBe(true);
  expect(isExactMatch('a red circle', ['circle'])).toBe(false);
  expect(isExactMatch('the', ['a'])).toBe(false);
});

it('counts questions without an answer as misses', () => {
  const questions = [
    { id: '1', answers: ['yes'] },
    { id: '2', answers: ['no'] },
  ];
  expect(scoreOpenAnswers(questions, new Map([['1', 'Yes.']]))).toEqual({ questions: 2, right: 1, accuracy: 0.5 });
  expect(scoreOpenAnswers([], new Map())).toEqual({ questions: 0, right: 0, accuracy: 0 });
});
