import type { LinearSlot } from '@moslora/nn';
import type { Problem } from '@moslora/specs';
import { leafName } from './select-slots';

/**
 * A rank above min(in, out) adds nothing to what ΔW can be, and is a mistake: one problem per kind of layer, naming every layer
 * concerned.
 */
export function rankProblems(slots: readonly LinearSlot[], rank: number): Problem[] {
  const kinds = new Map<string, string[]>();
  let narrowest = Infinity;
  for (const { name, get } of slots) {
    const { inFeatures, outFeatures } = get();
    const width = Math.min(inFeatures, outFeatures);
    if (rank <= width) continue;
    narrowest = Math.min(narrowest, width);
    const kind = `${leafName(name)} (${outFeatures}, ${inFeatures})`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  }
  return [...kinds].map(([kind, names]): Problem => ({
    what: `The adapter's rank is over the layer width of ${kind}`,
    where: names.join(', '),
    got: `rank ${rank}`,
    expected: `at most ${narrowest}`,
    fix: `set rank to ${narrowest} or less, or leave these layers out of targets`,
  }));
}
