/** Rows that begin alike. */
export interface Prefixes {
  /** Of each prefix, a row that begins with it, and how many ids it has: fewer than each of its rows. */
  prefixes: { row: number; length: number }[];
  /** Each row's prefix. */
  of: number[];
}

/** A row joins others that begin as it does for at least this share of it. */
const ALIKE = 0.3;
/** Two passes instead of one are worth it where they have at most this share of its positions. */
const WORTH = 0.8;

/**
 * Which rows of a batch had better go through a decoder in two passes: what some of them begin with once for all of them, then what follows
 * in each. Both passes are padded to their longest row, and that is counted.
 * @returns undefined where one pass is as good
 */
export function sharePrefixes(rows: readonly (readonly number[])[]): Prefixes | undefined {
  const prefixes: Prefixes['prefixes'] = [];
  const of = rows.map((ids, row) => {
    let [best, longest] = [-1, ALIKE * ids.length];
    prefixes.forEach(({ row: other, length }, at) => {
      const common = alike(ids, rows[other]!, Math.min(length, ids.length - 1));
      if (common > longest) [best, longest] = [at, common];
    });
    if (best < 0) return prefixes.push({ row, length: ids.length - 1 }) - 1;
    prefixes[best]!.length = longest;
    return best;
  });
  if (prefixes.length === rows.length) return undefined;
  const members = prefixes.map((_, at) => of.filter((each) => each === at).length);
  const rest = (kept: (prefix: number) => boolean): number =>
    Math.max(0, ...rows.map((ids, row) => (kept(of[row]!) ? ids.length - prefixes[of[row]!]!.length : 0)));
  // A row that is alone gives the second pass as many ids as fit there.
  const shared = rest((prefix) => members[prefix]! > 1);
  prefixes.forEach((prefix, at) => {
    if (members[at] === 1) prefix.length = Math.max(0, rows[prefix.row]!.length - Math.max(1, shared));
  });
  const before = prefixes.length * Math.max(0, ...prefixes.map(({ length }) => length));
  const positions = before + rows.length * rest(() => true);
  const inOne = rows.length * Math.max(0, ...rows.map(({ length }) => length));
  return positions <= WORTH * inOne ? { prefixes, of } : undefined;
}

/** Most positions that are in a decoder together where a batch of rows goes through, in one pass or two. */
export function positionsTogether(rows: readonly (readonly number[])[]): number {
  const longest = (lengths: readonly number[]): number => rows.length * Math.max(0, ...lengths);
  const found = sharePrefixes(rows);
  if (!found) return longest(rows.map(({ length }) => length));
  const { prefixes, of } = found;
  const before = prefixes.length * Math.max(0, ...prefixes.map(({ length }) => length));
  return Math.max(before, longest(rows.map((ids, row) => ids.length - prefixes[of[row]!]!.length)));
}

/** How many ids, at most `most`, two rows begin with alike. */
function alike(a: readonly number[], b: readonly number[], most: number): number {
  let count = 0;
  while (count < most && a[count] === b[count]) count += 1;
  return count;
}
