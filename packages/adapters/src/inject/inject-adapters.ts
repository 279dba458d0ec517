import type { LinearSlot } from '@moslora/nn';
import { Rng } from '@moslora/runtime';
import { fail, type AdapterConfig } from '@moslora/specs';
import { AdapterFactors } from '../linear/adapter-factors';
import { AdapterLinear } from '../linear/adapter-linear';
import { Dropout } from '../linear/dropout';
import { createFactors, methodProblems } from '../method/methods';
import { AdapterSet } from '../set/adapter-set';
import { rankProblems } from './check-rank';
import { leafNames, selectSlots } from './select-slots';

/**
 * Puts a fresh adapter into every slot that `config.targets` names. The model computes what it did before, since B = 0. The start of each
 * layer's adapter depends on `rng` and the layer's name only. Throws one UserError with everything that is wrong: unknown targets,
 * a rank over the layer width, a method's own conditions.
 */
export function injectAdapters(slots: readonly LinearSlot[], config: AdapterConfig, rng: Rng): AdapterSet {
  const chosen = selectSlots(slots, config.targets);
  const problems = [...methodProblems(config), ...rankProblems(chosen, config.rank)];
  if (problems.length > 0) fail(problems);
  const seed = rng.state();
  rng.bits();
  const dropout = new Dropout(config.dropout, seed);
  const scale = config.alpha / config.rank;
  const adapted = chosen.map((slot) => {
    const base = slot.get();
    const values = createFactors(base, config, new Rng(seed, slot.name));
    const layer = AdapterLinear.fromBase(base, new AdapterFactors(slot.name, base, values, scale), dropout);
    slot.set(layer);
    return { slot, layer };
  });
  const { method, rank, alpha, aInit } = config;
  const targets = config.targets === 'all-linear' ? leafNames(chosen.map(({ name }) => name)) : config.targets;
  return new AdapterSet(adapted, dropout, { method, rank, alpha, rankStabilized: false, aInit, targets });
}
