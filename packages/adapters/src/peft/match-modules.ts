import { fail, listNames, type Problem } from '@moslora/specs';

/** Leading parts by which programs name the same decoder differently: `language_model.model.`, `model.language_model.`, `model.`. */
const wrappers = new Set(['base_model', 'language_model', 'model', 'llm']);

/** The path without leading wrapper parts: `layers.0.mlp.up_proj`. A vision tower keeps its own first part. */
function core(path: string): string {
  const parts = path.split('.');
  const first = parts.findIndex((part) => !wrappers.has(part));
  return parts.slice(Math.max(first, 0)).join('.');
}

/**
 * The slot of each module path of a file: the one of the same name, or the only one whose path is the same but for leading wrapper
 * parts. Throws one UserError for all paths that fit none or several slots.
 */
export function matchModules<P extends { name: string }>(
  slots: readonly P[],
  paths: Iterable<string>,
  where: string,
): Map<string, P> {
  const exact = new Map(slots.map((slot) => [slot.name, slot]));
  const byCore = new Map<string, P[]>();
  for (const slot of slots) byCore.set(core(slot.name), [...(byCore.get(core(slot.name)) ?? []), slot]);
  const found = new Map<string, P>();
  const [absent, ambiguous]: [string[], Problem[]] = [[], []];
  for (const path of paths) {
    const candidates = exact.has(path) ? [exact.get(path)!] : (byCore.get(core(path)) ?? []);
    const [only, another] = candidates;
    if (only === undefined) absent.push(path);
    else if (another === undefined) found.set(path, only);
    else ambiguous.push(several(path, candidates, where));
  }
  const problems = absent.length > 0 ? [notThere(absent, slots, where), ...ambiguous] : ambiguous;
  if (problems.length > 0) fail(problems);
  return found;
}

function notThere(absent: string[], slots: readonly { name: string }[], where: string): Problem {
  return {
    what: `${absent.length} modules of the adapter are not in the model`,
    where,
    got: some(absent),
    expected: `modules such as ${some(slots.map(({ name }) => name))}`,
    fix: 'use the base model that the adapter was trained on',
  };
}

function several(path: string, candidates: readonly { name: string }[], where: string): Problem {
  return {
    what: 'A module of the adapter fits several layers of the model',
    where,
    got: path,
    expected: `one of ${listNames(candidates.map(({ name }) => name))}, written out`,
  };
}

/** The first few names and how many more there are. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 6).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}
