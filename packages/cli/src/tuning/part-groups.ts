import type { ParameterGroup } from '@moslora/nn';
import type { ModelPart } from '@moslora/specs';

const groups: Record<ModelPart, { full: ParameterGroup; adapter: ParameterGroup }> = {
  tower: { full: 'tower', adapter: 'tower-adapter' },
  projector: { full: 'projector', adapter: 'projector-adapter' },
  decoder: { full: 'decoder', adapter: 'adapter' },
};

/** The group that a part's parameters are in by how it learns. */
export function partGroup(part: ModelPart, mode: 'full' | 'adapter'): ParameterGroup {
  return groups[part][mode];
}
