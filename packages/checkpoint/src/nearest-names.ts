import { editDistance } from '@moslora/specs';

/** Comparisons are quadratic: beyond this many, names are compared by their last parts alone. */
const MOST_COMPARED = 200;

/**
 * For each tensor name the most similar of `others`: one with the same numbers (layers are told apart by them), with fewest edits
 * between the two, at most half of the shorter name's letters. Names that are like none are left out.
 */
export function nearestNames(names: readonly string[], others: readonly string[]): Map<string, string> {
  const byNumbers = new Map<string, string[]>();
  for (const other of others) byNumbers.set(numbers(other), [...(byNumbers.get(numbers(other)) ?? []), other]);
  const found = new Map<string, string>();
  for (const name of names) {
    const near = closest(name, byNumbers.get(numbers(name)) ?? []);
    if (near !== undefined) found.set(name, near);
  }
  return found;
}

function numbers(name: string): string {
  return (name.match(/(?<=^|\.)\d+(?=\.|$)/g) ?? []).join('.');
}

function closest(name: string, candidates: readonly string[]): string | undefined {
  const close =
    candidates.length > MOST_COMPARED ? candidates.filter((other) => leaf(other) === leaf(name)) : candidates;
  let best: { name: string; distance: number } | undefined;
  for (const candidate of close.slice(0, MOST_COMPARED)) {
    const limit = Math.floor(Math.min(name.length, candidate.length) / 2);
    const distance = editDistance(name, candidate, Math.min(limit, (best?.distance ?? Infinity) - 1));
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { name: candidate, distance };
  }
  return best?.name;
}

function leaf(name: string): string {
  return name.split('.').slice(-2).join('.');
}
