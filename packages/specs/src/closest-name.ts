/**
 * Edits (insert, delete, replace, swap neighbours) that turn one name into another: the optimal string alignment distance,
 * capped at `limit` + 1.
 */
export function editDistance(a: string, b: string, limit = Math.max(a.length, b.length)): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let older: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (older[j - 2] ?? 0) + 1);
      row.push(best);
    }
    older = above;
    above = row;
  }
  return Math.min(above[b.length] ?? 0, limit + 1);
}

/** The known name that a person most likely meant, or undefined when none is near (a third of the letters, at least one). */
export function closestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, fold(candidate), limit);
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { name: candidate, distance };
  }
  return best?.name;
}

/** `a, b, c`, or `none` for an empty list: how errors list known names. */
export function listNames(names: Iterable<string>): string {
  return [...names].join(', ') || 'none';
}

/** What to do about an unknown name: `did you mean x?` when one is near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const near = closestName(name, known);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}
