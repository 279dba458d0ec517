import { closestName, fail, listNames } from '@moslora/specs';
import type { Problem } from '@moslora/specs';

/** Columns of MMBench's files besides the options A to Z. Others are kept as they are. */
const KNOWN = [
  'index',
  'question',
  'hint',
  'answer',
  'category',
  'image',
  'source',
  'l2-category',
  'comment',
  'split',
  'prediction',
];
const SPELLINGS: Record<string, string> = { 'L2-category': 'l2-category' };

/**
 * Where each known column stands. One known name may be spelled otherwise (the hub's copy has `L2-category`).
 * @throws UserError, all problems at once: needed columns that are missing, columns named twice, and unknown columns that look like
 * a misspelled known one.
 */
export function locateColumns(
  path: string,
  columns: readonly string[],
  needed: readonly string[],
): Map<string, number> {
  const names = columns.map((column) => SPELLINGS[column] ?? column);
  const problems: Problem[] = [];
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const near = missing.flatMap((name) => {
      const meant = closestName(
        name,
        names.filter((found) => !KNOWN.includes(found) && found.length > 1),
      );
      return meant === undefined ? [] : [`rename ${meant} to ${name}`];
    });
    problems.push({
      what: `the table lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}`,
      where: path,
      got: `the columns ${listNames(columns)}`,
      expected: `at least ${listNames(needed)}`,
      ...(near.length > 0 ? { fix: near.join('; ') } : {}),
    });
  }
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) problems.push({ what: `the table has two columns ${name}`, where: path });
    if (KNOWN.includes(name) || name.length < 4) return;
    const meant = closestName(name, KNOWN);
    if (meant === undefined || names.includes(meant) || missing.includes(meant)) return;
    problems.push({
      what: `the column ${name} is not known`,
      where: path,
      got: `the columns ${listNames(columns)}`,
      expected: `one of ${listNames(KNOWN)}, A to Z, or a name unlike these`,
      fix: `did you mean ${meant}?`,
    });
  });
  if (problems.length > 0) fail(problems);
  return new Map(names.map((name, i) => [name, i]));
}
