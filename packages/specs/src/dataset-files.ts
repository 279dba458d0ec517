import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { didYouMean, listNames } from './closest-name';
import { dataRoots } from './data-roots';
import { fail, type Problem } from './problem';
import { spell, zodProblems } from './zod-problems';

/** Where a dataset's files lie under the folder of MOSLORA_DATA, and how to come by them. */
export interface DatasetFiles {
  /** Folder names that are looked for, the usual one first. */
  folders: readonly string[];
  /** A file or folder inside that must be there. */
  marker: string;
  /** What to get from where, upstream names included. */
  origin: string;
}

const mostShown = 20;

/** The dataset's folder: one of `folders` in a folder of {@link dataRoots}, or `root` itself. @throws UserError that says what to get from where. */
export function datasetFolder(root: string, { folders, marker, origin }: DatasetFiles): string {
  const found = [...dataRoots(root).flatMap((place) => folders.map((folder) => join(place, folder))), root].find(
    (dir) => existsSync(join(dir, marker)),
  );
  return (
    found ??
    fail({
      what: `the files of the dataset \`${folders[0]}\` are not there`,
      where: `${root} (MOSLORA_DATA)`,
      got: existsSync(root) ? `no ${folders.map((folder) => join(folder, marker)).join(', nor ')}` : 'no such folder',
      expected: join(root, folders[0]!, marker),
      fix: origin,
    })
  );
}

/** Parses a JSON file of a dataset. @throws UserError when it is missing or no JSON. */
export function readDatasetJson(path: string, origin: string): unknown {
  if (!existsSync(path)) fail({ what: 'a file of the dataset is missing', where: path, fix: origin });
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail({
      what: 'a file of the dataset is not valid JSON',
      where: path,
      got: (error as Error).message,
      fix: origin,
    });
  }
}

/**
 * Checks rows one by one; `at` is what the list is called in the file. @throws UserError with the position of every malformed
 * row (the first 20), and how many there are.
 */
export function checkRows<T>(path: string, rows: unknown, schema: z.ZodType<T>, at = ''): T[] {
  if (!Array.isArray(rows)) {
    fail({
      what: 'a file of the dataset holds no list of rows',
      where: at ? `${path}, ${at}` : path,
      got: typeof rows,
      expected: 'an array',
    });
  }
  const problems: Problem[] = [];
  const checked: T[] = [];
  let bad = 0;
  rows.forEach((value: unknown, index) => {
    const row = schema.safeParse(value);
    if (row.success) checked.push(row.data);
    else {
      bad += 1;
      const where = (inner: readonly PropertyKey[]): string => `${path}, ${at}${spell([index, ...inner])}`;
      if (problems.length < mostShown) problems.push(...zodProblems(row.error.issues, { value, schema, where }));
    }
  });
  if (bad === 0) return checked;
  const fix = 'mend these rows, or take them out';
  return fail([
    { what: `${bad} of ${rows.length} rows are malformed`, where: path, fix },
    ...problems.slice(0, mostShown),
  ]);
}

/** Checks that pictures are there; several rows may name the same one. @throws UserError that lists the first 20 missing. */
export function requirePictures(paths: Iterable<string>, origin: string): void {
  const all = new Set(paths);
  const missing = [...all].filter((path) => !existsSync(path));
  if (missing.length === 0) return;
  const got = `${missing.slice(0, mostShown).join(', ')}${missing.length > mostShown ? ', …' : ''}`;
  fail({ what: `${missing.length} of ${all.size} pictures are missing`, got, fix: origin });
}

/** Checks a split's name. @throws UserError that lists the known ones. */
export function knownSplit<Split extends string>(dataset: string, split: string, known: readonly Split[]): Split {
  return (
    known.find((name) => name === split) ??
    fail({
      what: `the dataset \`${dataset}\` has no split \`${split}\``,
      expected: `one of ${listNames(known)}`,
      fix: didYouMean(split, known),
    })
  );
}

/** A number in [0, 1) that depends on seed and key alone: the same key falls on the same side of a split everywhere. */
export function hashFraction(seed: number, key: string): number {
  return createHash('sha256').update(`${seed}/${key}`).digest().readUIntBE(0, 6) / 2 ** 48;
}
