import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomNumbers } from '../statistics/random';
import { readRange } from './byte-range';
import { scanTable } from './scan-table';
import { writeDelimitedFile } from './write-delimited';

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'scan-'))));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const file = (text: string, extension = 'tsv'): string => {
  const path = join(folder, `${count++}.${extension}`);
  writeFileSync(path, text);
  return path;
};
const scan = (path: string, inFile: number[] = []) => [...scanTable(path, (column) => inFile.includes(column))];
const values = (text: string, extension?: string) => scan(file(text, extension)).map((record) => record.values);

describe('scanTable', () => {
  it.each<[string, string, string[][]]>([
    [
      'plain values',
      'a\tb\n1\t2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'no line break at the end',
      'a\tb\n1\t2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['empty values at both ends', '\ta\t\n', [['', 'a', '']]],
    ['empty lines', 'a\n\n\nb\n', [['a'], ['b']]],
    ['a quoted empty value alone', 'a\n""\n', [['a'], ['']]],
    ['line ends of three kinds', 'a\r\nb\rc\n', [['a'], ['b'], ['c']]],
    ['quotes with all in them', '"a\t""b""\r\n"\tc\n', [['a\t"b"\r\n', 'c']]],
    ['a quote inside a plain value', 'say "hi"\tx\n', [['say "hi"', 'x']]],
    ['text after a closing quote, as pandas has it', '"a"b\tc\n', [['ab', 'c']]],
    ['a byte-order mark', '\ufeffa\tb\n', [['a', 'b']]],
    ['other scripts', '猫\té\n', [['猫', 'é']]],
  ])('reads %s', (_, text, expected) => expect(values(text)).toEqual(expected));

  it('reads .csv by its commas', () => expect(values('a,"b,c"\td\n', 'csv')).toEqual([['a', 'b,c\td']]));

  it('says where records start, and where a quote never closes', () => {
    expect(scan(file('a\n"b\nc"\nd\n')).map(({ line }) => line)).toEqual([1, 2, 4]);
    expect(() => scan(file('a\nb\n"c\nd\n'))).toThrow(
      /the table is broken\n {2}where {4}.*:3\n.*a quote that never closes/,
    );
  });

  it('leaves long values of some columns in the file, also beyond what it holds at a time', () => {
    const long = 'QUJD'.repeat(2_000_000); // 8 MB
    const path = file(`image\ttext\n${long}\t"x\n"\n3\ty\n${long.slice(0, 400)}\tz\n`);
    const [, first, second, third] = scan(path, [0]);
    expect([first, second, third].map((record) => record?.values)).toEqual([
      ['', 'x\n'],
      ['3', 'y'],
      ['', 'z'],
    ]);
    expect(readRange(first!.ranges.get(0)!) === long).toBe(true);
    expect(readRange(third!.ranges.get(0)!)).toBe(long.slice(0, 400));
  });

  it('reads back whatever was written, wherever the pieces of a file end', () => {
    const random = randomNumbers(7);
    const bits = ['\t', '\n', '\r', '"', '""', ',', 'x', '猫', '\r\n', ' ', 'nan', '|'.repeat(3000)];
    const text = (): string =>
      Array.from({ length: Math.floor(random() * 7) }, () => bits[Math.floor(random() * bits.length)]).join('');
    const records = Array.from({ length: 9000 }, () => [text(), `${text()}!`, text()]);
    for (const extension of ['tsv', 'csv']) {
      const path = join(folder, `round.${extension}`);
      writeDelimitedFile(path, ['a', 'b', 'c'], records);
      const read = scan(path).map((record) => record.values);
      expect(read.slice(1)).toEqual(records);
    }
  });
});
