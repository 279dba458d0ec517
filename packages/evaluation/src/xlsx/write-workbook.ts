import { writeFileAtomic, zipArchive } from '@moslora/checkpoint';
import { MOST_CELL_UNITS, toXml } from './xml-text';

/** A value that was too long for a cell. */
export interface CutCell {
  column: string;
  /** As the file's first column has it. */
  row: string;
  /** UTF-16 units of the whole value. */
  length: number;
}

const NAMESPACE = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
/** The sheet that says what the first rests on; readers that name none take the first. */
export const FACTS_SHEET = 'facts';
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/**
 * Writes a table as the first sheet of a workbook, whole or not at all. The column `index` holds numbers, all others texts; empty ones are
 * left out, as pandas leaves out missing values.
 * @param facts what the table rests on: names and values on a second sheet, `facts`, where there are some
 * @returns the values that were cut to the 32,767 characters a cell holds
 */
export function writeWorkbook(
  path: string,
  columns: readonly string[],
  records: Iterable<readonly string[]>,
  facts: Readonly<Record<string, string>> = {},
): CutCell[] {
  const cut: CutCell[] = [];
  const fitting = (value: string, column: number, record: readonly string[]): string => {
    if (value.length <= MOST_CELL_UNITS) return value;
    cut.push({ column: columns[column] ?? '', row: record[0] ?? '', length: value.length });
    const end = /[\ud800-\udbff]/.test(value[MOST_CELL_UNITS - 1]!) ? MOST_CELL_UNITS - 1 : MOST_CELL_UNITS;
    return value.slice(0, end);
  };
  const cell = (value: string, column: number, row: number, record: readonly string[]): string => {
    if (value === '') return '';
    const place = `${columnLetters(column)}${row}`;
    if (row > 1 && columns[column] === 'index' && /^(0|[1-9]\d{0,14})$/.test(value))
      return `<c r="${place}"><v>${value}</v></c>`;
    const text = toXml(fitting(value, column, record));
    return `<c r="${place}" t="inlineStr"><is><t xml:space="preserve">${text}</t></is></c>`;
  };
  const sheet = (lines: Iterable<readonly string[]>): string => {
    const rows = [...lines].map(
      (record, i) =>
        `<row r="${i + 1}">${record.map((value, column) => cell(value, column, i + 1, record)).join('')}</row>`,
    );
    return `${HEAD}<worksheet xmlns="${NAMESPACE}"><sheetData>${rows.join('')}</sheetData></worksheet>`;
  };
  const sheets = { Sheet1: sheet([columns, ...records]) };
  const told = Object.entries(facts);
  writeFileAtomic(
    path,
    zipArchive(bookOf(told.length === 0 ? sheets : { ...sheets, [FACTS_SHEET]: sheet([['fact', 'value'], ...told]) })),
  );
  return cut;
}

/** A, B, …, Z, AA, … */
function columnLetters(column: number): string {
  const last = String.fromCharCode(65 + (column % 26));
  return column < 26 ? last : columnLetters(Math.floor(column / 26) - 1) + last;
}

/** The files of a workbook with these sheets. */
function bookOf(sheets: Readonly<Record<string, string>>): Record<string, string> {
  const each = Object.keys(sheets).map((name, i) => ({ name, id: i + 1, file: `worksheets/sheet${i + 1}.xml` }));
  const types = each.map(({ file }) => `<Override PartName="/xl/${file}" ContentType="${TYPE}.worksheet+xml"/>`);
  const entries = each.map(({ name, id }) => `<sheet name="${name}" sheetId="${id}" r:id="rId${id}"/>`);
  const related = each.map(
    ({ id, file }) => `<Relationship Id="rId${id}" Type="${RELATIONS}/worksheet" Target="${file}"/>`,
  );
  return {
    '[Content_Types].xml':
      `${HEAD}<Types xmlns="${PACKAGE}/content-types">` +
      `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `<Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/>${types.join('')}</Types>`,
    '_rels/.rels':
      `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">` +
      `<Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${HEAD}<workbook xmlns="${NAMESPACE}" xmlns:r="${RELATIONS}"><sheets>${entries.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${related.join('')}</Relationships>`,
    ...Object.fromEntries(each.map(({ name, file }) => [`xl/${file}`, sheets[name]!])),
  };
}
