import { posix } from 'node:path';
import { ZipFile } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { fromXml } from './xml-text';

/**
 * The values of a workbook's first sheet, or of the one of this name, row by row, as texts: numbers as they are stored, missing cells empty.
 * @throws UserError for a file that is no workbook, or has no such sheet
 */
export function readSheet(path: string, name?: string): string[][] {
  let zip: ZipFile;
  try {
    zip = ZipFile.open(path);
  } catch (error) {
    return fail({
      what: 'the spreadsheet cannot be read',
      where: path,
      got: (error as Error).message,
      expected: 'a workbook (.xlsx)',
    });
  }
  try {
    const text = (name: string): string => zip.read(name).toString('utf8');
    const shared = zip.has('xl/sharedStrings.xml') ? sharedTexts(text('xl/sharedStrings.xml')) : [];
    return rowsOf(text(sheetPath(path, zip, text, name)), shared);
  } finally {
    zip.close();
  }
}

function sheetPath(path: string, zip: ZipFile, text: (name: string) => string, name?: string): string {
  const [book, relations] = ['xl/workbook.xml', 'xl/_rels/workbook.xml.rels'];
  if (!zip.has(book) || !zip.has(relations))
    fail({
      what: 'the spreadsheet cannot be read',
      where: path,
      got: `no ${book} in it`,
      expected: 'a workbook (.xlsx)',
    });
  const sheets = [...text(book).matchAll(/<(?:\w+:)?sheet\b[^>]*>/g)].map(([tag]) => ({
    name: fromXml(/\bname="([^"]*)"/.exec(tag)?.[1] ?? ''),
    id: /\br:id="([^"]+)"/.exec(tag)?.[1],
  }));
  const sheet =
    name === undefined ? sheets.find(({ id }) => id !== undefined) : sheets.find((each) => each.name === name);
  if (name !== undefined && !sheet)
    fail({
      what: `the workbook has no sheet \`${name}\``,
      where: path,
      got: sheets.map((each) => each.name).join(', '),
      expected: name,
    });
  const id = sheet?.id;
  const relation = [...text(relations).matchAll(/<Relationship\b[^>]*>/g)].find(([tag]) => tag.includes(`Id="${id}"`));
  const target = /\bTarget="([^"]+)"/.exec(relation?.[0] ?? '')?.[1] ?? 'worksheets/sheet1.xml';
  return target.startsWith('/') ? target.slice(1) : posix.join('xl', target);
}

/** Texts of `<t>` elements: one per `<si>`, phonetic guides left out. */
function sharedTexts(xml: string): string[] {
  return xml
    .split(/<(?:\w+:)?si\b[^>]*?(?:\/>|>)/)
    .slice(1)
    .map(textsIn);
}

function textsIn(xml: string): string {
  const spoken = xml.replace(/<(?:\w+:)?rPh\b[^]*?<\/(?:\w+:)?rPh>/g, '');
  return [...spoken.matchAll(/<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</g)].map(([, text]) => fromXml(text!)).join('');
}

function rowsOf(xml: string, shared: readonly string[]): string[][] {
  const rows: string[][] = [];
  for (const [, content] of xml.matchAll(/<(?:\w+:)?row\b[^>]*?(?:\/>|>([^]*?)<\/(?:\w+:)?row>)/g)) {
    const row: string[] = [];
    for (const [, attributes, cell] of (content ?? '').matchAll(
      /<(?:\w+:)?c\b([^>]*?)(?:\/>|>([^]*?)<\/(?:\w+:)?c>)/g,
    )) {
      const letters = /\br="([A-Z]+)\d+"/.exec(attributes!)?.[1];
      const column = letters === undefined ? row.length : columnNumber(letters);
      while (row.length < column) row.push('');
      row[column] = cellText(attributes!, cell ?? '', shared);
    }
    rows.push(row);
  }
  return rows;
}

function cellText(attributes: string, cell: string, shared: readonly string[]): string {
  const type = /\bt="(\w+)"/.exec(attributes)?.[1];
  if (type === 'inlineStr') return textsIn(cell);
  const value = fromXml(/<(?:\w+:)?v\b[^>]*>([^<]*)</.exec(cell)?.[1] ?? '');
  if (type === 's') return shared[Number(value)] ?? '';
  return type === 'b' ? (value === '1' ? 'TRUE' : 'FALSE') : value;
}

/** A is 0, Z 25, AA 26. */
function columnNumber(letters: string): number {
  return [...letters].reduce((sum, letter) => 26 * sum + letter.charCodeAt(0) - 64, 0) - 1;
}
