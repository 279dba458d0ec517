import type { Problem } from '@moslora/specs';
import type { Choices } from './infer-option';

/** Rotation k of a question has the index base + k x 1,000,000, its options rotated and `answer` adjusted. */
export const ROTATION_STEP = 1_000_000;

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
  /** Base64 of the picture file, references to other rows already followed. */
  image?: string;
  prediction?: string;
  /** Every value as it stands in the file, in the order of the table's columns. */
  values: readonly string[];
}

/** The index of rotation 0 of the row's question. */
export const baseIndex = (row: MmbenchRow): number => row.index % ROTATION_STEP;

/** Makes a row of a record, or says what is wrong with it. */
export function parseRow(
  values: readonly string[],
  columns: ReadonlyMap<string, number>,
  where: string,
): MmbenchRow | Problem {
  const raw = (name: string): string | undefined => {
    const at = columns.get(name);
    return at === undefined ? undefined : values[at];
  };
  const value = (name: string): string | undefined => present(raw(name));
  const index = value('index') ?? '';
  if (!/^\d+(\.0)?$/.test(index)) {
    return { what: 'a row without a usable index', where, got: JSON.stringify(index), expected: 'a whole number' };
  }
  const options: Record<string, string> = {};
  for (const letter of LETTERS) {
    const text = value(letter);
    if (text !== undefined) options[letter] = text;
  }
  const prediction = raw('prediction');
  return {
    index: Number(index),
    question: raw('question') ?? '',
    options,
    ...optional('hint', value('hint')),
    ...optional('answer', value('answer')),
    ...optional('category', value('category')),
    ...optional('l2Category', value('l2-category')),
    ...optional('split', value('split')),
    ...optional('image', value('image')),
    ...optional('prediction', prediction),
    values,
  };
}

const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** Empty, `nan` and `NaN` (a missing value written by pandas) mean: not there. */
function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' || value === 'nan' || value === 'NaN' ? undefined : value;
}

function optional<K extends keyof MmbenchRow>(key: K, value: MmbenchRow[K] | undefined): { [P in K]?: MmbenchRow[K] } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: MmbenchRow[K] });
}
