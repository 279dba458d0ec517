import { expect, it } from 'vitest';
import { figuresOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { scorer } from './scorer';

const { rows, table } = readReference('pope');

it('scores as VLMEvalKit does: F1, accuracy, precision, recall', async () => {
  const figures = await figuresOf(scorer, rowsFrom(rows));
  const splits = Object.entries(table as unknown as Record<string, Record<string, number>>);
  expect(splits.map(([split]) => split).sort()).toEqual(['Overall', 'adversarial', 'popular', 'random']);
  for (const [split, row] of splits) {
    const named = (name: string): number => figures[`none/${split === 'Overall' ? name : `${split} ${name}`}`]!;
    expect(100 * named(split === 'Overall' ? 'Overall' : 'F1')).toBeCloseTo(row['Overall']!, 8);
    expect(100 * named('accuracy')).toBeCloseTo(row['acc']!, 8);
    expect(100 * named('precision')).toBeCloseTo(row['precision']!, 8);
    expect(100 * named('recall')).toBeCloseTo(row['recall']!, 8);
  }
});

it('is by hand: three of four right, one Yes too many', async () => {
  const rows = [
    ['Yes', 'yes'],
    ['Yes', 'Yes, it is.'],
    ['No', 'yes'],
    ['No', 'no'],
  ].map(([answer, prediction], index) => ({
    index,
    question: '?',
    answer: answer!,
    prediction: prediction!,
    category: 'random',
  }));
  expect(await figuresOf(scorer, rowsFrom(rows))).toMatchObject({
    'none/Overall': 0.8,
    'none/accuracy': 0.75,
    'none/precision': 2 / 3,
    'none/recall': 1,
    'none/share of Yes': 0.75,
  });
});
