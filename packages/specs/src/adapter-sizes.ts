import type { AdapterConfig } from './adapter-config';
import { fromPattern } from './module-pattern';

/** The rank of a module's adapter: of the first pattern that matches its path, else the usual one. */
export function adapterRank({ rank, rankPattern }: Pick<AdapterConfig, 'rank' | 'rankPattern'>, path: string): number {
  return fromPattern(rankPattern, path) ?? rank;
}

/** The alpha of a module's adapter, found in the same way. */
export function adapterAlpha(
  { alpha, alphaPattern }: Pick<AdapterConfig, 'alpha' | 'alphaPattern'>,
  path: string,
): number {
  return fromPattern(alphaPattern, path) ?? alpha;
}
