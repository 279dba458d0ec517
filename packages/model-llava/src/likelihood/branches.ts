/** Ids of which those from `from` on are the text whose likelihood is asked for; `from` is at least 1. */
export interface ScoredIds {
  ids: readonly number[];
  from: number;
}

/** Sequences as one row: what all begin with, then what follows in each, as branches that do not see each other. */
export interface Branches {
  ids: number[];
  /** Counted in each position's own sequence. */
  positions: number[];
  /** 0 where the position belongs to all; else 1, 2, … by sequence. */
  branches: number[];
  /** What is scored: the sequence, the id, and the position that tells how likely it is. */
  scored: { sequence: number; target: number; row: number }[];
}

/** Lays sequences out as branches. */
export function branchesOf(sequences: readonly ScoredIds[]): Branches {
  const shared = sharedLength(sequences);
  const beginning = sequences[0]?.ids.slice(0, shared) ?? [];
  const result: Branches = {
    ids: [...beginning],
    positions: beginning.map((_, t) => t),
    branches: beginning.map(() => 0),
    scored: [],
  };
  sequences.forEach(({ ids, from }, sequence) => {
    const start = result.ids.length - shared; // added to a position of this sequence, its row
    for (let t = shared; t < ids.length; t += 1) {
      result.ids.push(ids[t]!);
      result.positions.push(t);
      result.branches.push(sequences.length > 1 ? sequence + 1 : 0);
    }
    for (let t = from; t < ids.length; t += 1)
      result.scored.push({ sequence, target: ids[t]!, row: t - 1 < shared ? t - 1 : start + t - 1 });
  });
  return result;
}

/** How many ids all sequences begin with alike. */
function sharedLength(sequences: readonly ScoredIds[]): number {
  const [first, ...others] = sequences;
  let shared = first?.ids.length ?? 0;
  for (const { ids } of others) {
    let common = 0;
    while (common < shared && ids[common] === first!.ids[common]) common += 1;
    shared = common;
  }
  return shared;
}
