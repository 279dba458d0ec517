/** One comparison of ours with a reference. */
export interface Check {
  name: string;
  /** Largest absolute difference; for ids, how many differ. Infinite where a value is not a number. */
  maxAbs: number;
  tolerance: number;
  ok: boolean;
}

/** Largest |ours - theirs| over the rows (of `width` values) for which `counts` holds. */
export function compareValues(
  name: string,
  ours: ArrayLike<number>,
  theirs: ArrayLike<number>,
  tolerance: number,
  counts: (row: number) => boolean = () => true,
  width = 1,
): Check {
  if (ours.length !== theirs.length)
    return {
      name: `${name} (${ours.length} values, expected ${theirs.length})`,
      maxAbs: Infinity,
      tolerance,
      ok: false,
    };
  let maxAbs = 0;
  for (let i = 0; i < ours.length; i += 1) {
    if (!counts(Math.floor(i / width))) continue;
    const difference = Math.abs(ours[i]! - theirs[i]!);
    maxAbs = Number.isNaN(difference) ? Infinity : Math.max(maxAbs, difference);
  }
  return { name, maxAbs, tolerance, ok: maxAbs <= tolerance };
}

/** How many places of two id lists differ; a missing one counts as different. */
export function compareIds(name: string, ours: readonly number[], theirs: readonly number[]): Check {
  const length = Math.max(ours.length, theirs.length);
  const different = Array.from({ length }, (_, i) => ours[i] !== theirs[i]).filter(Boolean).length;
  return { name, maxAbs: different, tolerance: 0, ok: different === 0 };
}
