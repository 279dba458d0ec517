/** A row to ask. */
export interface Askable {
  /** Ids of its prompt, a picture counting as one. */
  length: number;
  /** What tells its picture from others'; undefined without one. */
  picture: string | undefined;
  /** What it shares with the rotations of its question, which begin alike. */
  question: string | number;
}

/**
 * Cuts rows into windows whose pictures are in memory at a time: each holds at most `pictures` distinct ones, all rows of a picture lie in
 * one window, windows go from short prompts to long ones, and so do the questions in each, whose rotations stand together. Batches of one
 * window then hold rows of like length, a picture is seen once for all rotations of its questions, and what these begin with is read once.
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
    windows.push(byQuestion(window));
  }
  return windows;
}

/** Questions by their longest rows, and the rows of each by length. */
function byQuestion<T extends Askable>(rows: readonly T[]): T[] {
  const questions = new Map<string | number, T[]>();
  for (const row of [...rows].sort((a, b) => b.length - a.length)) {
    const question = questions.get(row.question);
    if (question) question.unshift(row);
    else questions.set(row.question, [row]);
  }
  return [...questions.values()].reverse().flat();
}
