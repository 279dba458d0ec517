import { describe, expect, it } from 'vitest';
import { abilityTable, circularEval, inferenceRules, ROTATION_STEP, summarise } from '../../index';
import type { MmbenchRow } from '../../index';

const LETTERS = ['A', 'B', 'C', 'D'];
const TEXTS = ['teddy bear', 'rabbit', 'cat', 'dog'];

/** All rotations of a question whose right option is `TEXTS[right]`, answered by `answer`. */
function rotations(
  index: number,
  count: number,
  right: number,
  answer: (row: MmbenchRow, rightText: string) => string,
  extra: Partial<MmbenchRow> = {},
): MmbenchRow[] {
  return Array.from({ length: count }, (_, k) => {
    const options = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [LETTERS[i] ?? '', TEXTS[(i + k) % count] ?? '']),
    );
    const letter = LETTERS[(right - k + count) % count] ?? '';
    const row: MmbenchRow = {
      index: index + k * ROTATION_STEP,
      question: 'What is it?',
      options,
      answer: letter,
      values: [],
      ...extra,
    };
    return { ...row, prediction: answer(row, TEXTS[right] ?? '') };
  });
}
const all = (answer: Parameters<typeof rotations>[3]): MmbenchRow[] =>
  [2, 3, 4].flatMap((count) =>
    Array.from({ length: count }, (_, right) => rotations(count * 10 + right, count, right, answer)).flat(),
  );

describe.each(inferenceRules)('circularEval, rules %s', (rules) => {
  const score = (answer: Parameters<typeof rotations>[3]): { overall: number; vanilla: number } => {
    const rows = all(answer);
    return summarise(rows, circularEval(rows, rules).questions);
  };

  it('gives 1 to one that always names the right text, or its letter', () => {
    expect(score((_, text) => text)).toMatchObject({ questions: 9, rows: 29, overall: 1, vanilla: 1 });
    expect(score((row) => row.answer ?? '')).toMatchObject({ overall: 1, vanilla: 1 });
    expect(score((row, text) => `${row.answer}. ${text}`)).toMatchObject({ overall: 1, vanilla: 1 });
  });

  it.each(['A', 'B', 'teddy bear'])(
    'gives nothing to one that always says %s, but for the question whose answer it is',
    (answer) => {
      const { overall, vanilla } = score(() => answer);
      expect(overall).toBe(answer === 'teddy bear' ? 3 / 9 : 0);
      expect(vanilla).toBe(3 / 9);
    },
  );

  it('gives nothing to silence', () => {
    expect(score(() => '')).toMatchObject({ overall: 0, vanilla: 0 });
  });

  it('fails a question on any one wrong rotation', () => {
    for (let wrong = 0; wrong < 4; wrong++) {
      const rows = rotations(1, 4, 2, (row, text) => (row.index === 1 + wrong * ROTATION_STEP ? 'spider' : text));
      expect(circularEval(rows, rules).questions[0]).toMatchObject({ hit: false, vanillaHit: wrong !== 0 });
    }
  });

  it('does not depend on the order of the rows', () => {
    const rows = all((row, text) => (row.index % 3 === 0 ? 'A' : text));
    const shuffled = [...rows].sort((a, b) => ((a.index * 7919) % 1009) - ((b.index * 7919) % 1009));
    expect(circularEval(shuffled, rules)).toEqual(circularEval(rows, rules));
  });
});

it('leaves out and names questions without rotation 0', () => {
  const rows = rotations(7, 3, 0, (_, text) => text).slice(1);
  expect(circularEval(rows, 'current')).toEqual({ questions: [], orphans: [7] });
});

describe('abilityTable', () => {
  const right = (_: MmbenchRow, text: string): string => text;
  const questions = circularEval(
    [
      ...rotations(5, 3, 1, right, { split: 'test', l2Category: 'relation_reasoning', category: 'social_relation' }),
      ...rotations(9, 3, 1, right, { split: 'dev', l2Category: 'logic_reasoning', category: 'future_prediction' }),
      ...rotations(10, 3, 1, () => 'A', {
        split: 'dev',
        l2Category: 'finegrained_perception (instance-level)',
        category: 'ocr',
      }),
      ...rotations(11, 3, 1, right, { split: 'dev', l2Category: 'my own', category: 'ocr' }),
    ],
    'current',
  ).questions;

  it('has a row per split: Overall, abilities by their full name, then categories', () => {
    const table = abilityTable(questions);
    expect(table.map((row) => Object.keys(row))).toEqual(
      Array(2).fill(['split', 'Overall', 'FP-S', 'LR', 'my own', 'RR', 'future_prediction', 'ocr', 'social_relation']),
    );
    expect(table[0]).toMatchObject({ split: 'test', Overall: 1, RR: 1, LR: null, ocr: null });
    expect(table[1]).toMatchObject({ split: 'dev', Overall: 0.6666666667, RR: null, LR: 1, 'FP-S': 0, ocr: 0.5 });
  });
});
