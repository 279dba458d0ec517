import type { Problem } from '@moslora/specs';
import type { Choices } from '../inference/infer-option';
import { readRange, type ByteRange } from './byte-range';
import type { TableRecord } from './read-table';

/** Rotation k of a question has the index base + k x 1,000,000, its options rotated and `answer` adjusted. */
export const ROTATION_STEP = 1_000_000;

/** What a row of a question table or of a predictions table says, in MMBench's columns. */
export interface MmbenchRow {
  index: number;
  question: string;
  hint?: string;
  /** By letter, missing ones left out. */
  options: Choices;
  /** The letter; absent in test files without answers. */
  answer?: string;
  category?: string;
  l2Category?: string;
  split?: string;
  /** Base64 of the picture file, read from the table when asked for; references to other rows already followed. */
  image?: string;
  prediction?: string;
  /** Every value as it stands in the file, in the order of the table's columns. */
  values: readonly string[];
}

/** A row of any benchmark's table. */
export interface QuestionRow extends MmbenchRow {
  /** The index as text. */
  key: string;
  /** What tells its picture from others' without reading it; undefined without one. */
  readonly pictureId: string | undefined;
  /** A column's text; undefined where it is missing, empty or `nan`. */
  field(column: string): string | undefined;
  /** The same row, answered. */
  withPrediction(prediction: string): QuestionRow;
}

/** The index of rotation 0 of the row's question. */
export const baseIndex = (row: Pick<MmbenchRow, 'index'>): number => row.index % ROTATION_STEP;

/** A row as it was read. Its picture stays in the file until it is asked for. */
export class TableRow implements QuestionRow {
  readonly index: number;
  readonly options: Choices;
  readonly values: readonly string[];
  hint?: string;
  answer?: string;
  category?: string;
  l2Category?: string;
  split?: string;
  prediction?: string;
  private picture: string | ByteRange | undefined;

  constructor(
    readonly key: string,
    readonly question: string,
    { values, ranges }: TableRecord,
    private readonly columns: ReadonlyMap<string, number>,
  ) {
    this.index = Number(key);
    this.values = values;
    this.options = Object.fromEntries(
      LETTERS.flatMap((letter) => {
        const text = this.field(letter);
        return text === undefined ? [] : [[letter, text]];
      }),
    );
    for (const [name, column] of OPTIONAL) {
      const text = this.field(column);
      if (text !== undefined) this[name] = text;
    }
    const prediction = columns.get('prediction');
    if (prediction !== undefined) this.prediction = values[prediction] ?? '';
    const image = columns.get('image');
    if (image !== undefined) this.picture = ranges?.get(image) ?? this.field('image');
  }

  field(column: string): string | undefined {
    const at = this.columns.get(column);
    return at === undefined ? undefined : present(this.values[at]);
  }

  get image(): string | undefined {
    return typeof this.picture === 'object' ? readRange(this.picture) : this.picture;
  }

  /** Whether the picture is that of another row. */
  get refersTo(): string | undefined {
    return typeof this.picture === 'string' && this.picture.length <= LONGEST_REFERENCE ? this.picture : undefined;
  }

  get hasPicture(): boolean {
    return this.picture !== undefined;
  }

  get pictureId(): string | undefined {
    if (typeof this.picture === 'object') return `${this.picture.path}@${this.picture.start}`;
    return this.picture ?? this.field('picture');
  }

  withPrediction(prediction: string): TableRow {
    return Object.assign(Object.create(TableRow.prototype) as TableRow, this, { prediction });
  }

  takePictureOf(other: TableRow): void {
    this.picture = other.picture;
  }
}

/** A picture column no longer than this holds another row's index. */
const LONGEST_REFERENCE = 64;
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
const OPTIONAL = [
  ['hint', 'hint'],
  ['answer', 'answer'],
  ['category', 'category'],
  ['l2Category', 'l2-category'],
  ['split', 'split'],
] as const;

/** Makes a row of a record, or says what is wrong with it. */
export function parseRow(record: TableRecord, columns: ReadonlyMap<string, number>, where: string): TableRow | Problem {
  const text = (name: string): string | undefined => record.values[columns.get(name) ?? -1];
  const index = present(text('index')) ?? '';
  if (!/^\d+(\.0)?$/.test(index)) {
    return { what: 'a row without a usable index', where, got: JSON.stringify(index), expected: 'a whole number' };
  }
  return new TableRow(String(Number(index)), text('question') ?? '', record, columns);
}

/** Empty, `nan` and `NaN` (a missing value written by pandas) mean: not there. */
function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value === 'nan' || value === 'NaN' ? undefined : value;
}
