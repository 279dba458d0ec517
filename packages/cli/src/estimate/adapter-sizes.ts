import { adapterRank, type AdapterConfig } from '@moslora/specs';
import type { BaseSizes } from './base-sizes';
import type { AdapterSizes } from './decoder-memory';

/** Sizes of an adapter on a base, and of the projector's `projector` values that learn beside it. */
export function adapterSizes(base: BaseSizes, config: AdapterConfig | undefined, projector: number): AdapterSizes {
  if (!config) return { parameters: projector, rank: 0, perLayer: 0, inputWidths: 0, dropout: false };
  const { rank, targets, dropout } = config;
  const adapted = base.projections.filter(({ path }) =>
    targets === 'all-linear'
      ? !/(^|\.)(lm_head|output_layer)$/.test(path)
      : targets.some((target) => path === target || path.endsWith(`.${target}`)),
  );
  const mixed = config.method === 'moslora' && config.trainMixer;
  const valuesOf = ({ path, out, in: inner }: (typeof adapted)[number]): number => {
    const own = adapterRank(config, path);
    return own * (out + inner) + (mixed ? own ** 2 : 0) + (config.method === 'dora' ? out : 0);
  };
  const first = adapted.filter(({ path }) => /\.layers\.0\./.test(path));
  return {
    parameters: projector + adapted.reduce((sum, projection) => sum + valuesOf(projection), 0),
    ...{ rank, perLayer: first.length, dropout: dropout > 0 },
    inputWidths: first.reduce((sum, projection) => sum + projection.in, 0),
  };
}
