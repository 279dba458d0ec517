import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipArchive, ZipFile } from '@moslora/checkpoint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scorePredictions } from '../scorers/circular/score-predictions';
import { readSheet } from './read-sheet';
import { writeWorkbook } from './write-workbook';

let folder = '';
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'xlsx-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('workbooks', () => {
  it('hold what was written: line breaks, control characters, marks of XML, other scripts, missing values', () => {
    const path = join(folder, 'round.xlsx');
    const columns = ['index', 'question', ...Array.from({ length: 26 }, (_, i) => `c${i}`), 'prediction'];
    const odd = [
      'a\r\nb\n\tc',
      '\u0001\u001f\ufffe',
      '<b>&amp;"\'</b>',
      '猫 🐈',
      '_x0041_',
      '  spaces  ',
      '=1+1',
      '\ud83d',
    ];
    const records = odd.map((text, i) => [String(i), text, ...Array.from({ length: 26 }, () => ''), `p${i}`]);
    expect(writeWorkbook(path, columns, records)).toEqual([]);
    expect(readSheet(path)).toEqual([columns, ...records]);
  });

  it('have a second sheet of facts where there are some; the first stays the table', () => {
    const path = join(folder, 'facts.xlsx');
    const [columns, records] = [['index', 'prediction'], [['7', 'B']]];
    writeWorkbook(path, columns, records, { 'prompt style': 'llava', template: 'a <b> & "c"' });
    expect(readSheet(path)).toEqual([columns, ...records]);
    expect(readSheet(path, 'facts')).toEqual([
      ['fact', 'value'],
      ['prompt style', 'llava'],
      ['template', 'a <b> & "c"'],
    ]);
    writeWorkbook(path, columns, records);
    expect(() => readSheet(path, 'facts')).toThrow(/the workbook has no sheet `facts`[^]*got {6}Sheet1/);
  });

  it('store the index as a number, and nothing for what is missing', () => {
    const path = join(folder, 'number.xlsx');
    writeWorkbook(path, ['index', 'A', 'prediction'], [['1000241', '', '12']]);
    const zip = ZipFile.open(path);
    const sheet = zip.read('xl/worksheets/sheet1.xml').toString('utf8');
    zip.close();
    expect(sheet).toContain('<c r="A2"><v>1000241</v></c><c r="C2" t="inlineStr">');
    expect(sheet).not.toContain('r="B2"');
  });

  it('are cut at 32,767 characters a cell, never within one, and it is said', () => {
    const path = join(folder, 'long.xlsx');
    const long = `${'x'.repeat(32_766)}🐈tail`;
    expect(
      writeWorkbook(
        path,
        ['index', 'prediction'],
        [
          ['7', long],
          ['8', 'y'.repeat(40_000)],
          ['9', 'z'.repeat(32_767)],
        ],
      ),
    ).toEqual([
      { column: 'prediction', row: '7', length: 32_772 },
      { column: 'prediction', row: '8', length: 40_000 },
    ]);
    expect(readSheet(path).map((row) => row[1]?.length)).toEqual([10, 32_766, 32_767, 32_767]);
  });

  it('of other writers are read: shared and rich texts, prefixes, gaps, truth values', () => {
    const path = join(folder, 'other.xlsx');
    const main = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
    writeFileSync(
      path,
      zipArchive({
        'xl/workbook.xml': `<x:workbook ${main} xmlns:r="r"><x:sheets><x:sheet name="S" sheetId="3" r:id="rId7"/></x:sheets></x:workbook>`,
        'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="rId1" Target="styles.xml"/><Relationship Target="/xl/worksheets/other.xml" Id="rId7"/></Relationships>`,
        'xl/sharedStrings.xml': `<x:sst ${main}><x:si><x:t>index</x:t></x:si><x:si><x:r><x:t xml:space="preserve">pre </x:t></x:r><x:r><x:t>dict</x:t></x:r><x:rPh sb="0" eb="1"><x:t>no</x:t></x:rPh></x:si><x:si/></x:sst>`,
        'xl/worksheets/other.xml': `<x:worksheet ${main}><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="C1" t="s"><x:v>1</x:v></x:c></x:row><x:row/><x:row r="3"><x:c r="B3" t="b"><x:v>1</x:v></x:c><x:c r="C3"><x:v>2.5</x:v></x:c></x:row></x:sheetData></x:worksheet>`,
      }),
    );
    expect(readSheet(path)).toEqual([['index', '', 'pre dict'], [], ['', 'TRUE', '2.5']]);
  });

  it('are scored like tables', () => {
    const path = join(folder, 'scored.xlsx');
    const columns = ['index', 'question', 'A', 'B', 'C', 'answer', 'prediction'];
    writeWorkbook(path, columns, [
      ['1', 'q', 'cat', 'dog', '', 'A', 'A'],
      ['1000001', 'q', 'dog', 'cat', '', 'B', 'It is a cat'],
    ]);
    expect(scorePredictions(path, 'current')).toEqual({ questions: 1, rows: 2, overall: 1, vanilla: 1 });
  });

  it('that are none are said to be none', () => {
    const path = join(folder, 'none.xlsx');
    writeFileSync(path, 'index\tprediction\n');
    expect(() => scorePredictions(path, 'current')).toThrow(
      /the spreadsheet cannot be read\n {2}where {4}.*none\.xlsx/,
    );
    writeFileSync(path, zipArchive({ a: 'b' }));
    expect(() => scorePredictions(path, 'current')).toThrow('no xl/workbook.xml in it');
  });
});
