import { describe, expect, it } from 'vitest';
import { figuresOf, judgeOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { scorer } from './scorer';

const { rows, judge, tables } = readReference('mme');

describe('MME', () => {
  it.each([
    ['plain', undefined],
    ['judged', judgeOf(judge!)],
  ])('scores as VLMEvalKit does, %s', async (name, asked) => {
    const figures = await figuresOf(scorer, rowsFrom(rows), { judge: asked });
    const { perception, reasoning, ...categories } = tables[name]!;
    expect(figures['none/Perception']).toBeCloseTo(perception!, 8);
    expect(figures['none/Cognition']).toBeCloseTo(reasoning!, 8);
    expect(figures['none/Overall']).toBeCloseTo((perception! + reasoning!) / 2800, 10);
    expect(Object.keys(categories)).toHaveLength(14);
    for (const [category, value] of Object.entries(categories))
      expect(figures[`none/${category}`], category).toBeCloseTo(value, 8);
  });

  it('draws the two questions of a picture together', async () => {
    const { units } = await scorer.score(rowsFrom(rows), { rules: 'current' });
    expect(new Set(units).size).toBe(rows.length / 2);
  });
});
