import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  pictureOf,
  readMmbenchTsv,
  readPredictions,
  scorePredictions,
  writeMmbenchTsv,
  writePredictions,
} from '../index';

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'mmbench-'))));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const file = (text: string, extension = 'tsv'): string => {
  const path = join(folder, `${count++}.${extension}`);
  writeFileSync(path, text);
  return path;
};
const picture = Buffer.alloc(60, 255).toString('base64');
const columns = [
  'index',
  'question',
  'hint',
  'A',
  'B',
  'C',
  'D',
  'answer',
  'category',
  'image',
  'l2-category',
  'split',
  'source',
];
const row = (index: number, changes: Partial<Record<string, string>> = {}): string[] => {
  const values: Partial<Record<string, string>> = {
    index: String(index),
    question: 'What?',
    A: 'cat',
    B: 'dog',
    answer: 'B',
    image: picture,
    split: 'dev',
    ...changes,
  };
  return columns.map((column) => values[column] ?? '');
};
const written = (...rows: string[][]): string => {
  const path = join(folder, `${count++}.tsv`);
  writeMmbenchTsv(path, columns, rows);
  return path;
};

describe('readMmbenchTsv', () => {
  it('reads what was written: line breaks, tabs, quotes, missing values, picture references', () => {
    const path = written(
      row(3, { question: 'Read:\n"a\tb"\n', hint: 'nan', C: '', D: 'NaN', source: 'x' }),
      row(1000003, { image: '3', 'l2-category': 'logic_reasoning', category: 'ocr' }),
      row(2000003, { image: '1000003' }),
    );
    const { rows, columns: found } = readMmbenchTsv(path);
    expect(found).toEqual(columns);
    expect(rows[0]).toMatchObject({
      index: 3,
      question: 'Read:\n"a\tb"\n',
      options: { A: 'cat', B: 'dog' },
      answer: 'B',
      split: 'dev',
    });
    expect(Object.keys(rows[0]?.options ?? {})).toEqual(['A', 'B']);
    expect(rows[0]?.hint).toBeUndefined();
    expect(rows[1]).toMatchObject({ l2Category: 'logic_reasoning', category: 'ocr' });
    expect(rows.map((r) => r.image)).toEqual([picture, picture, picture]);
    const decoded = rows[2] && pictureOf(rows[2]);
    expect(decoded && 'bytes' in decoded && decoded.bytes.length).toBe(60);
  });

  it("reads the other spelling of l2-category, a byte-order mark, and Windows' line ends", () => {
    const path = file(`\ufeffindex\tquestion\tA\tB\timage\tL2-category\r\n1\tq\ta\tb\t${picture}\tlogic_reasoning\r\n`);
    expect(readMmbenchTsv(path).rows[0]).toMatchObject({ index: 1, l2Category: 'logic_reasoning' });
  });

  it.each<[string, () => string, (string | RegExp)[]]>([
    ['no file', () => join(folder, 'nowhere.tsv'), ['no such file']],
    ['no rows', () => file('index\tquestion\n'), ['the table is empty', 'a header line only']],
    [
      'missing and misspelled columns',
      () => file('index\tQuestions\tA\tB\tsplit\n1\tq\ta\tb\tdev\n'),
      [
        'the table lacks the columns question, image',
        'the columns index, Questions, A, B, split',
        'expected at least index, question, A, B, image',
        'do       rename Questions to question',
      ],
    ],
    [
      'a misspelled optional column',
      () => file(`index\tquestion\tA\tB\timage\tl2-catgory\n1\tq\ta\tb\t${picture}\tx\n`),
      ['the column l2-catgory is not known', 'did you mean l2-category?'],
    ],
    [
      'a column twice',
      () => file('index\tquestion\tA\tA\tB\timage\n1\tq\ta\ta\tb\t1\n'),
      ['the table has two columns A'],
    ],
    [
      'a file cut short',
      () => file(`index\tquestion\tA\tB\timage\n1\tq\ta\tb\t${picture}\n2\tq\ta\n`),
      [/the table is broken\n {2}where {4}.*:3/, 'a record of 3 values, starting "2"'],
    ],
    ['an open quote', () => file('index\tquestion\tA\tB\timage\n1\t"q\ta\tb\tx\n'), ['a quote that never closes']],
    [
      'an index that is no number',
      () => written(row(1), row(2, { index: 'two' })),
      ['a row without a usable index', /record 2\n {2}got {6}"two"/],
    ],
    ['an index twice', () => written(row(4), row(4)), ['two rows with one index', 'records 1 and 2']],
    [
      'several problems at once',
      () =>
        written(
          row(1, { B: '' }),
          row(2, { answer: 'C' }),
          row(3, { image: '99' }),
          row(4, { image: '5' }),
          row(5, { image: '4' }),
          row(6, { image: '' }),
        ),
      [
        /fewer than two options\n {2}where {4}.*index 1\n/,
        /the answer is none of the options\n {2}where {4}.*index 2\n {2}got {6}C\n {2}expected one of A, B/,
        /a picture reference that leads to no picture\n {2}where {4}.*index 3\n {2}got {6}99/,
        /leads to no picture\n {2}where {4}.*index 4\n/,
        /a question without a picture\n {2}where {4}.*index 6\n/,
      ],
    ],
  ])('explains %s', (_, path, parts) => {
    const where = path();
    for (const part of parts) expect(() => readMmbenchTsv(where)).toThrow(part);
  });

  it('refuses a picture that is no base64', () => {
    const { rows } = readMmbenchTsv(written(row(1, { image: `<${'x'.repeat(80)}>` })));
    expect(() => rows[0] && pictureOf(rows[0])).toThrow('the picture is not base64\n  where    index 1');
  });
});

describe('predictions', () => {
  const provenance = { blind: false, scoring: 'by hand', data: { file: 'q.tsv', md5: 'd41d8cd9' }, version: '0.1.0' };

  it('are written with every column but the picture, and read back', () => {
    const table = readMmbenchTsv(
      written(row(1, { category: 'ocr' }), row(1000001, { image: '1', A: 'dog', B: 'cat', answer: 'A' })),
    );
    const path = join(folder, 'predictions.tsv');
    writePredictions(
      path,
      table,
      new Map([
        [1, 'a "dog"\n:'],
        [1000001, 'A'],
      ]),
      provenance,
    );
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(
      [...columns.filter((column) => column !== 'image'), 'prediction'].join('\t'),
    );
    expect(readPredictions(path).rows.map(({ index, prediction }) => [index, prediction])).toEqual([
      [1, 'a "dog"\n:'],
      [1000001, 'A'],
    ]);
    expect(scorePredictions(path, 'current')).toEqual({
      questions: 1,
      rows: 2,
      overall: 1,
      vanilla: 1,
      table: [{ split: 'dev', Overall: 1, ocr: 1 }],
    });
  });

  it('need every row', () => {
    const table = readMmbenchTsv(written(row(1), row(2), row(3)));
    expect(() => writePredictions(join(folder, 'holes.tsv'), table, new Map([[2, 'A']]), provenance)).toThrow(
      /2 of 3 questions have no prediction[^]*none at index 1, 3\n/,
    );
  });

  it('need answers to be scored', () => {
    expect(() => scorePredictions(file('index\tA\tB\tprediction\n1\ta\tb\tA\n'), 'current')).toThrow(
      'the table lacks the column answer',
    );
    expect(() => scorePredictions(file('index\tA\tB\tanswer\tprediction\n1\ta\tb\t\tA\n'), 'current')).toThrow(
      /1 of 1 rows have no answer to score against/,
    );
  });

  it('may be a .csv', () => {
    const path = file('index,A,B,answer,prediction\n1,"a, b",c,A,"a, b"\n', 'csv');
    expect(scorePredictions(path, 'current')).toEqual({ questions: 1, rows: 1, overall: 1, vanilla: 1 });
  });

  it('are scored at more than 10,000 rows a second of processor time', () => {
    const lines = Array.from(
      { length: 10_000 },
      (_, i) =>
        `${Math.floor(i / 4) + (i % 4) * 1_000_000}\tWhat is it?\ta cat\ta dog\ta fox\ta cow\tB\tocr\tThe answer is B, a dog, as anyone can see`,
    );
    const path = file(`index\tquestion\tA\tB\tC\tD\tanswer\tcategory\tprediction\n${lines.join('\n')}\n`);
    const start = process.cpuUsage().user; // The machine may be busy with other tests: count only this one's work.
    expect(scorePredictions(path, 'current')).toMatchObject({ questions: 2500, rows: 10_000 });
    expect((process.cpuUsage().user - start) / 1000).toBeLessThan(1000);
  });
});
