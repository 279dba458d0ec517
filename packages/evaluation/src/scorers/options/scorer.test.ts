import { expect, it } from 'vitest';
import { figuresOf, judgeOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { scorer } from './scorer';

const { rows, judge, tables } = readReference('options');

it.each([
  ['plain', undefined],
  ['judged', judgeOf(judge!)],
])('scores each question once as VLMEvalKit does, %s', async (name, asked) => {
  const figures = await figuresOf(scorer, rowsFrom(rows), { judge: asked });
  const splits = Object.entries(tables[name] as unknown as Record<string, Record<string, number>>);
  expect(splits.map(([split]) => split).sort()).toEqual(['dev', 'test']);
  for (const [split, row] of splits)
    for (const [column, value] of Object.entries(row)) expect(figures[`${split}/${column}`]).toBeCloseTo(value, 10);
});
