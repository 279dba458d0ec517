import { describe, expect, it } from 'vitest';
import { figuresOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { scorer as textvqa } from '../textvqa/scorer';
import { vqaAccuracy } from './accuracy';
import { normaliseVqaAnswer, type Normalisation } from './normalise';
import { scorer } from './scorer';
import { annotatorsOf } from './score-vqa';

type Case = Record<Normalisation, number> & {
  answers: string;
  prediction: string;
  normalised: { evalai: string; vlmevalkit: string };
};
const cases = readReference('vqa').rows as unknown as Case[];

describe("VQA accuracy beside VQA's, TextVQA's and VLMEvalKit's code", () => {
  it.each(['vqa', 'evalai', 'vlmevalkit'] as const)('%s', (how) => {
    expect(cases.length).toBeGreaterThan(250);
    for (const { answers, prediction, ...reference } of cases) {
      const accuracy = vqaAccuracy(prediction, annotatorsOf(answers), how);
      expect(accuracy, prediction).toBeCloseTo(reference[how], 10);
    }
  });

  it('normalises alike', () => {
    for (const { prediction, normalised } of cases) {
      expect(normaliseVqaAnswer(prediction, 'evalai')).toBe(normalised.evalai);
      expect(normaliseVqaAnswer(prediction, 'vlmevalkit')).toBe(normalised.vlmevalkit);
    }
  });

  it('means what was published: a third per annotator who agrees, the annotator asked left out', () => {
    const answers = (count: number) => [...Array<string>(count).fill('two'), ...Array<string>(10 - count).fill('cat')];
    // One annotator agrees: 0 for itself, 1/3 for each of the nine others.
    expect(vqaAccuracy('2', answers(1), 'evalai')).toBeCloseTo((9 * (1 / 3)) / 10);
    expect(vqaAccuracy('The two.', answers(2), 'evalai')).toBeCloseTo((2 * (1 / 3) + 8 * (2 / 3)) / 10);
    expect(vqaAccuracy('a two', answers(4), 'evalai')).toBe(1);
    expect(vqaAccuracy('Two', answers(10), 'vqa')).toBe(0); // all agree: compared to the letter
  });
});

it('scores tables, and says beside what VLMEvalKit would give', async () => {
  const rows = [
    { index: 1, question: 'How many?', answer: `["2.5."${', "2.5."'.repeat(9)}]`, prediction: '2.5.' },
    { index: 2, question: 'What?', answer: `["it's red"${', "no"'.repeat(9)}]`, prediction: 'No' },
  ];
  expect(await figuresOf(textvqa, rowsFrom(rows))).toMatchObject({
    'none/Overall': 1,
    "none/VLMEvalKit's normalisation": 1,
  });
  expect(await figuresOf(scorer, rowsFrom(rows), { failed: new Map([['2', 'too long']]) })).toMatchObject({
    'none/Overall': 0.5,
    "none/VLMEvalKit's normalisation": 0.5,
  });
});
