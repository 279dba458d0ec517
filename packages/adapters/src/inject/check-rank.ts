import type { LinearSlot } from '@moslora/nn';
import type { Problem } from '@moslora/specs';
import { leafName } from './select-slots';

/**
 * A rank above min(in, out) adds nothing to what ΔW can be, and is a mistake: one problem per kind of layer and rank, naming every layer
 * concerned.
 */
export function rankProblems(slots: readonly LinearSlot[], rankOf: (path: string) => number): Problem[] {
  const kinds = new Map<string, { rank: number; names: string[] }>();
  let narrowest = Infinity;
  for (const { name, get } of slots) {
    const { inFeatures, outFeatures } = get();
    const width = Math.min(inFeatures, outFeatures);
    const rank = rankOf(name);
    if (rank <= width) continue;
    narrowest = Math.min(narrowest, width);
    const kind = `${leafName(name)} (${outFeatures}, ${inFeatures})`;
    const names = kinds.get(`${kind} ${rank}`)?.names ?? [];
    kinds.set(`${kind} ${rank}`, { rank, names: [...names, name] });
  }
  return [...kinds].map(([kind, { rank, names }]): Problem => ({
    what: `The adapter's rank is over the layer width of ${kind.replace(/ \d+$/, '')}`,
    where: names.join(', '),
    got: `rank ${rank}`,
    expected: `at most ${narrowest}`,
    fix: `set rank (or these layers' rankPattern) to ${narrowest} or less, or leave these layers out of targets`,
  }));
}
