/** A row to ask. */
export interface Askable {
  /** Ids of its prompt, a picture counting as one. */
  length: number;
  /** What tells its picture from others'; undefined without one. */
  picture: string | undefined;
}

/**
 * Cuts rows into windows whose pictures are in memory at a time: each holds at most `pictures` distinct ones, all rows of a picture lie in
 * one window, windows go from short prompts to long ones, and so do the rows in each. Batches of one window then hold rows of like
 * length, and a picture is seen once for all rotations of its questions.
 */
export function windowsOf<T extends Askable>(rows: readonly T[], pictures: number): T[][] {
  const groups = new Map<string | T, T[]>();
  for (const row of rows) {
    const key = row.picture ?? row;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const longest = (group: readonly T[]): number => Math.max(...group.map(({ length }) => length));
  const ordered = [...groups.values()]
    .map((group) => ({ group, longest: longest(group) }))
    .sort((a, b) => a.longest - b.longest);
  const windows: T[][] = [];
  for (let start = 0; start < ordered.length; start += pictures) {
    const window = ordered.slice(start, start + pictures).flatMap(({ group }) => group);
    windows.push(window.sort((a, b) => a.length - b.length));
  }
  return windows;
}
