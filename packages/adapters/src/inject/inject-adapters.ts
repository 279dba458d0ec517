import type { LinearSlot, ParameterGroup } from '@moslora/nn';
import { Rng } from '@moslora/runtime';
import { adapterAlpha, adapterRank, fail, type AdapterConfig } from '@moslora/specs';
import { AdapterFactors } from '../linear/adapter-factors';
import { AdapterLinear } from '../linear/adapter-linear';
import { Dropout } from '../linear/dropout';
import { createFactors, methodProblems } from '../method/methods';
import { scaleOf } from '../rslora/scale';
import { AdapterSet } from '../set/adapter-set';
import { patternProblems } from './check-patterns';
import { rankProblems } from './check-rank';
import { leafNames, selectSlots } from './select-slots';

/**
 * Puts a fresh adapter into every slot that `config.targets` names. The model computes what it did before, since B = 0. The start of each
 * layer's adapter depends on `rng` and the layer's name only; `group` is what its parameters belong to. Throws one UserError with everything that is wrong: unknown targets,
 * patterns that match nothing, a rank over the layer width, a method's own conditions.
 */
export function injectAdapters(
  slots: readonly LinearSlot[],
  config: AdapterConfig,
  rng: Rng,
  group: ParameterGroup = 'adapter',
): AdapterSet {
  const chosen = selectSlots(slots, config.targets);
  const rankOf = (path: string): number => adapterRank(config, path);
  const ranks = new Set(chosen.map(({ name }) => rankOf(name)));
  const problems = [
    ...[...ranks].flatMap((rank) => methodProblems({ ...config, rank })),
    ...patternProblems(chosen, config),
    ...rankProblems(chosen, rankOf),
  ];
  if (problems.length > 0) fail(problems);
  const seed = rng.state();
  rng.bits();
  const dropout = new Dropout(config.dropout, seed);
  const { method, rank, alpha, rankStabilized, loraPlusRatio, aInit } = config;
  const adapted = chosen.map((slot) => {
    const base = slot.get();
    const own = { ...config, rank: rankOf(slot.name) };
    const values = createFactors(base, own, new Rng(seed, slot.name));
    const scale = scaleOf(adapterAlpha(config, slot.name), own.rank, rankStabilized);
    const factors = new AdapterFactors(slot.name, base, values, scale, loraPlusRatio, group);
    const layer = AdapterLinear.fromBase(base, factors, dropout);
    slot.set(layer);
    return { slot, layer };
  });
  const targets = config.targets === 'all-linear' ? leafNames(chosen.map(({ name }) => name)) : config.targets;
  return new AdapterSet(adapted, dropout, { method, rank, alpha, rankStabilized, loraPlusRatio, aInit, targets });
}
