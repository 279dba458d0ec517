import type { AdapterConfig } from '@moslora/specs';
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
  const mixer = config.method === 'moslora' && config.trainMixer ? rank ** 2 : 0;
  const first = adapted.filter(({ path }) => /\.layers\.0\./.test(path));
  return {
    parameters: projector + adapted.reduce((sum, { out, in: inner }) => sum + rank * (out + inner) + mixer, 0),
    ...{ rank, perLayer: first.length, dropout: dropout > 0 },
    inputWidths: first.reduce((sum, projection) => sum + projection.in, 0),
  };
}
