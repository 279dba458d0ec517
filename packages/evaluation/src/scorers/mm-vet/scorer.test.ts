import { expect, it } from 'vitest';
import { judgeOf, readReference, rowsFrom } from '../../scoring/fixtures/score-reference';
import { scorer } from './scorer';

const { rows, judge, tables } = readReference('mm-vet');

it('scores as VLMEvalKit does: overall, per capability, per combination', async () => {
  const { verdicts, measures } = await scorer.score(rowsFrom(rows), { rules: 'current', judge: judgeOf(judge!) });
  const once = verdicts.map(() => 1);
  for (const level of ['ability', 'leaf']) {
    const table = Object.entries(tables[level]!);
    expect(table.length).toBeGreaterThan(6);
    for (const [name, value] of table) {
      const measure = measures.find(
        (each) => each.name === name && each.level === (name === 'Overall' ? 'overall' : level),
      );
      expect(100 * measure!.of(once), `${level} ${name}`).toBeCloseTo(value, 8);
    }
  }
});

it('counts a question once in each of its capabilities, and an ungraded one as 0', async () => {
  const rows = rowsFrom([
    { index: 1, question: 'a', answer: 'x', category: 'rec', prediction: 'x' },
    { index: 2, question: 'b', answer: 'x', category: 'rec,math', prediction: 'y' },
  ]);
  const said = new Map([['a', '1.0']]);
  const ask = (prompt: string): Promise<string> => Promise.resolve(said.get(prompt.split('\n').at(-1)![0]!) ?? 'good');
  const { measures, verdicts } = await scorer.score(rows, { rules: 'current', judge: { name: 'mine', ask } });
  expect(verdicts.map(({ rows: [row] }) => row!.by)).toEqual(['judge', 'nobody']);
  expect(measures.map(({ name, level, of }) => `${level} ${name} ${of([1, 1])}`)).toEqual([
    ...['overall Overall 0.5', 'ability rec 0.5', 'ability math 0', 'leaf rec 1', 'leaf rec_math 0'],
  ]);
});

it('does nothing without a judge', async () => {
  await expect(scorer.score(rowsFrom(rows), { rules: 'current' })).rejects.toThrow('MM-Vet is scored by a judge');
});
