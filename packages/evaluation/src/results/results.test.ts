import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QuestionVerdict } from '@moslora/specs';
import { abilityRows, writeQuestionResults, writeScores, writeScoreTable } from '../index';
import type { Scores } from '../index';

const scores: Scores = {
  questions: 4,
  rows: 12,
  overall: 0.5,
  vanilla: 0.75,
  table: [
    { split: 'dev', Overall: 0.3333333333, AR: 0, RR: null, ocr: 0.3333333333 },
    { split: 'test', Overall: 1, AR: null, RR: 1, ocr: 1 },
  ],
};
const facts = { 'prompt style': 'llava', template: 'a, b' };
let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'results-'))));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (write: (path: string) => void, name: string): string => {
  write(join(folder, name));
  return readFileSync(join(folder, name), 'utf8');
};

it('writes scores as JSON and CSV', () => {
  expect(JSON.parse(written((path) => writeScores(path, scores, facts), 's.json'))).toEqual({ ...scores, facts });
  expect(written((path) => writeScoreTable(path, scores, facts), 's.csv')).toBe(
    'split,Overall,AR,RR,ocr,prompt style,template\n' +
      'dev,0.3333333333,0,,0.3333333333,llava,"a, b"\ntest,1,,1,1,llava,"a, b"\n',
  );
});

it('writes a line per question', () => {
  const row = { score: 1, by: 'rules', answer: 'A', read: 'A' } as const;
  const question: QuestionVerdict = {
    ...{ key: '1', question: 'What, now?', score: 0 },
    rows: [
      { ...row, key: '1', prediction: 'a "cat"' },
      { ...row, key: '1000001', answer: 'B', read: '', score: 0, by: 'nobody', prediction: 'who knows' },
    ],
  };
  expect(written((path) => writeQuestionResults(path, [question], facts), 'q.csv').split('\n')[1]).toBe(
    '1,"What, now?",,,,0,A B,A -,"[""a \\""cat\\"""",""who knows""]",llava,"a, b"',
  );
});

describe('abilityRows', () => {
  it('has a line per result and split, in percent', () => {
    const plain: Scores = { questions: 2, rows: 8, overall: 0.5, vanilla: 1 };
    expect(
      abilityRows([
        { name: 'mine', scores },
        { name: 'base', scores: plain },
      ]),
    ).toEqual({
      header: ['', 'Overall', 'AR', 'CP', 'FP-C', 'FP-S', 'LR', 'RR', 'Vanilla'],
      rows: [
        ['mine (dev)', '33.3', '0.0', '–', '–', '–', '–', '–', '75.0'],
        ['mine (test)', '100.0', '–', '–', '–', '–', '–', '100.0', ''],
        ['base', '50.0', '–', '–', '–', '–', '–', '–', '100.0'],
      ],
    });
  });
});
