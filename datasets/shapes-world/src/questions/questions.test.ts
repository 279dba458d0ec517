import { describe, expect, it } from 'vitest';
import type { Scene } from '../scene';
import { questionKinds, questionsOf } from './index';

const scene: Scene = {
  items: [
    { shape: 'star', colour: 'red', size: 'big', place: 'top-left' },
    { shape: 'circle', colour: 'blue', size: 'small', place: 'top-right' },
    { shape: 'moon', colour: 'red', size: 'small', place: 'bottom-left' },
  ],
  style: 'outlined',
  pattern: 'dotted',
  ground: 'pink',
  centre: { kind: 'arrow', towards: 'top-right' },
};

function answers(kindName: string, of: Scene = scene): Record<string, string> {
  const kind = questionKinds.find(({ name }) => name === kindName);
  if (!kind) throw new Error(`no kind ${kindName}`);
  return Object.fromEntries(questionsOf(kind, of).map(({ question, answer }) => [question.en, answer.en]));
}

describe('questions', () => {
  it('on the whole picture', () => {
    expect(answers('pattern')).toEqual({ 'What is the background like?': 'dotted' });
    expect(answers('count')).toEqual({ 'How many shapes are there?': '3' });
    expect(answers('topic')).toEqual({ 'What is in the middle?': 'arrow' });
  });

  it('on one shape', () => {
    expect(answers('colour-of')['What colour is the moon?']).toBe('red');
    expect(answers('place-of')['Where is the circle?']).toBe('top right');
    expect(answers('read')).toEqual({});
  });

  it('on two shapes', () => {
    expect(answers('direction')['Where is the moon, seen from the star?']).toBe('below');
    expect(answers('direction')['Where is the star, seen from the circle?']).toBe('left');
    expect(answers('biggest')).toEqual({ 'Which shape is the biggest?': 'star' });
    expect(answers('smallest')).toEqual({});
    expect(answers('differ')['top left and bottom left: do colour and size differ?']).toBe('only the size');
    expect(answers('same-colour')['Which shape has the same colour as the star?']).toBe('moon');
  });

  it('that take a step of thought', () => {
    expect(answers('thing-of-form')).toEqual({ 'What could the blue shape be used as?': 'wheel' });
    expect(answers('corners')).toEqual({ 'How many tips has the blue shape?': '0' });
    expect(answers('below')).toEqual({ 'Which shape is under the star?': 'moon' });
    expect(answers('across')['Which shape is diagonal to the circle?']).toBe('moon');
    expect(answers('arrow-hits')).toEqual({ 'The arrow flies on. Which shape will it hit?': 'circle' });
    expect(answers('next-digit', { ...scene, centre: { kind: 'digit', character: '6' } })).toEqual({
      'What is the printed digit plus 1?': 'seven',
    });
  });

  it('are replied to with the answer in a sentence, in which no wrong answer stands', () => {
    const replies = questionKinds.flatMap((kind) => questionsOf(kind, scene));
    for (const { answer, reply, wrong } of replies) {
      for (const language of ['en', 'cn'] as const) {
        expect(reply[language]).toContain(answer[language]);
        expect(wrong.filter((other) => reply[language].includes(other[language]))).toEqual([]);
        // MMBench's inference passes over an answer longer than twice all options together.
        const shortest = wrong.map((other) => other[language].length).sort((a, b) => a - b);
        const options = [answer[language].length, ...shortest.slice(0, 3)].reduce((sum, length) => sum + length);
        expect(reply[language].length).toBeLessThanOrEqual(2 * options);
      }
    }
    expect(replies.find(({ kind }) => kind === 'colour-at')?.reply.en).toBe('top left is red');
    expect(replies.find(({ kind }) => kind === 'thing-at')?.reply.cn).toBe('左上的图形是红色，像番茄');
    expect(replies.find(({ kind }) => kind === 'arrow-hits')?.reply.en).toBe('top right, the circle');
  });

  it('never list the answer, or one text twice, among the wrong ones', () => {
    for (const kind of questionKinds) {
      for (const { answer, wrong } of questionsOf(kind, scene)) {
        const texts = [answer.cn, ...wrong.map(({ cn }) => cn)];
        expect(new Set(texts).size).toBe(texts.length);
        expect(wrong.length).toBeGreaterThanOrEqual(1);
      }
    }
  });
});
