import { describe, expect, it } from 'vitest';
import { figuresOf, judgeOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { scorer } from './scorer';

const { rows, judge, tables } = readReference('circular');
const expected = (name: string): [string, number][] =>
  Object.entries(tables[name]!).flatMap(([split, row]) =>
    Object.entries(row as unknown as Record<string, number>).flatMap(([column, value]): [string, number][] =>
      value === null ? [] : [[`${split}/${column}`, value]],
    ),
  );

describe("CircularEval beside VLMEvalKit's", () => {
  it.each([
    ['plain', undefined],
    ['judged', judgeOf(judge!)],
  ])('%s', async (name, asked) => {
    const figures = await figuresOf(scorer, rowsFrom(rows), { judge: asked });
    expect(expected(name).length).toBeGreaterThan(8);
    for (const [column, value] of expected(name)) expect(figures[column], column).toBeCloseTo(value, 10);
  });

  it('is better with a judge than without', () => {
    expect(tables['judged']).not.toEqual(tables['plain']);
  });
});

describe('CircularEval with a judge', () => {
  const question = (...predictions: string[]) =>
    rowsFrom(
      predictions.map((prediction, turn) => ({
        index: 1 + turn * 1_000_000,
        ...{ question: 'What?', A: turn === 0 ? 'cat' : 'dog', B: turn === 0 ? 'dog' : 'cat' },
        ...{ answer: turn === 0 ? 'A' : 'B', prediction },
      })),
    );
  const asking = (answers: string[]) => {
    const asked: string[] = [];
    const ask = (prompt: string): Promise<string> => {
      asked.push(prompt);
      return Promise.resolve(answers[asked.length - 1] ?? '?');
    };
    return { judge: { name: 'mine', ask }, asked };
  };

  it('asks three times, then counts a miss that nobody could read', async () => {
    const { judge, asked } = asking(['?', 'hm', 'perhaps']);
    const { verdicts } = await scorer.score(question('who knows', 'B'), { rules: 'current', judge });
    expect(asked).toHaveLength(3);
    expect(verdicts[0]).toMatchObject({
      score: 0,
      rows: [
        { by: 'nobody', read: '', score: 0 },
        { by: 'rules', score: 1 },
      ],
    });
  });

  it('takes what the third try gives, and goes on to the next rotation', async () => {
    const { judge, asked } = asking(['?', '?', 'A', 'B']);
    const { verdicts } = await scorer.score(question('who knows', 'nor I'), { rules: 'current', judge });
    expect(asked).toHaveLength(4);
    expect(verdicts[0]).toMatchObject({
      score: 1,
      rows: [
        { by: 'judge', read: 'A' },
        { by: 'judge', read: 'B' },
      ],
    });
  });

  it('is not asked where a rotation is surely wrong, nor about rows that failed', async () => {
    const wrong = asking([]);
    await scorer.score(question('who knows', 'A'), { rules: 'current', judge: wrong.judge });
    const failed = asking(['A']);
    const { verdicts } = await scorer.score(question('', 'B'), {
      ...{ rules: 'current', judge: failed.judge },
      failed: new Map([['1', 'no picture']]),
    });
    expect([...wrong.asked, ...failed.asked]).toEqual([]);
    expect(verdicts[0]).toMatchObject({ score: 0, rows: [{ failed: 'no picture' }, {}] });
  });
});
