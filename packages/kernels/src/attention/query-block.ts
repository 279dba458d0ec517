/** Queries start … start + count - 1, which see the first `keys` keys at most. */
export interface QueryBlock {
  start: number;
  count: number;
  keys: number;
}

const SMALLEST = 64;
const MOST = 8;

/**
 * The blocks that attention over T queries and S keys is computed in. A causal one with T = S is cut, so that scores above the
 * diagonal's blocks are not computed; with n blocks that leaves (n + 1) / 2n of them.
 */
export function queryBlocks(queries: number, keys: number, causal: boolean): QueryBlock[] {
  if (!causal || queries !== keys) return [{ start: 0, count: queries, keys }];
  const count = Math.max(1, Math.min(MOST, Math.floor(queries / SMALLEST)));
  const bounds = Array.from({ length: count + 1 }, (_, i) => Math.round((i * queries) / count));
  return bounds
    .slice(1)
    .map((end, i) => ({ start: bounds[i] as number, count: end - (bounds[i] as number), keys: end }));
}
