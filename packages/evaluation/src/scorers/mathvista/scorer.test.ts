import { describe, expect, it } from 'vitest';
import { figuresOf, judgeOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { extractAnswer } from './extract-answer';
import type { Problem } from './problem';
import { scorer } from './scorer';

const { rows, judge, table } = readReference('mathvista');

it('scores as VLMEvalKit does with a judge: overall, per task, per skill', async () => {
  const figures = await figuresOf(scorer, rowsFrom(rows), { judge: judgeOf(judge!) });
  expect(Object.keys(table)).toHaveLength(6);
  for (const [name, value] of Object.entries(table)) expect(100 * figures[`none/${name}`]!, name).toBeCloseTo(value, 8);
});

describe('without a judge', () => {
  const problem = (type: Problem['type'], answer = ''): Problem => ({
    ...{ type, answer, task: '', skills: [] },
    choices: type === 'choice' ? { A: '3/11', B: '8/11' } : {},
  });
  it.each<[Problem['type'], string, string]>([
    ['integer', 'The number missing in the sequence is 14.', '14'],
    ['integer', 'It costs $1,450 in all.', '1450'],
    ['integer', '3 + 4 = 7, so the answer is 7.0', '7'],
    ['integer', 'Answer: -3. There are 12 months in a year.', '12'],
    ['integer', 'none', ''],
    ['float', 'about 0.6 of them', '0.6'],
    ['float', 'It is −1.45', '-1.45'],
    ['choice', 'I would say (b).', 'B'],
    ['choice', 'hard to say', ''],
    ['text', 'Paris.', 'Paris'],
  ])('%s from %j', (type, prediction, expected) => {
    expect(extractAnswer(prediction, problem(type))).toBe(expected);
  });

  it('takes the last list where a list is wanted', () => {
    const list = problem('text', '[2007, 2008]');
    expect(extractAnswer('Between [2005, 2006] and [2007,2008].', list)).toBe('[2007, 2008]');
  });

  it('counts what is right by hand', async () => {
    const free = { question_type: 'free_form', choices: '', answer_option: '', task: 't', skills: "['s', 'u']" };
    const rows = rowsFrom([
      { index: 1, question: 'q', ...free, answer_type: 'integer', answer: '14', prediction: 'It is 14.' },
      { index: 2, question: 'q', ...free, answer_type: 'float', answer: '0.6', prediction: 'It is 0.60' },
      { index: 3, question: 'q', ...free, answer_type: 'integer', answer: '3', prediction: 'many', skills: 'u' },
      {
        ...{ index: 4, question: 'q', question_type: 'multi_choice', answer_type: 'text', choices: "['x', 'y']" },
        ...{ answer: 'y', answer_option: 'B', prediction: 'B', task: 'v', skills: "['s']" },
      },
    ]);
    expect(await figuresOf(scorer, rows)).toEqual({
      ...{ 'none/Overall': 0.75, 'none/t': 2 / 3, 'none/v': 1, 'none/s': 1, 'none/u': 2 / 3 },
    });
  });
});
