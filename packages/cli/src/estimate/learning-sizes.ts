import { patternProblems, targeted, targetProblems } from '@moslora/adapters';
import { adapterRank, fail, type AdapterConfig, type ModelPart, type PartTraining } from '@moslora/specs';
import type { BaseSizes } from './base-sizes';
import { noAdapters, type AdapterSizes } from './decoder-memory';
import type { FoundTower } from './tower-sizes';

/** A linear layer by its path. */
export interface Place {
  path: string;
  out: number;
  in: number;
}

/** What learns of a part. */
export interface PartSizes {
  mode: PartTraining['mode'];
  /** Learning values, mixers included. */
  values: number;
  /** Where adapters stand; empty without. */
  places: readonly Place[];
  /** Learning values of mixers, which are in `values` too. */
  mixers: number;
}

/** The layers that a configuration's targets name. @throws UserError for targets and patterns that name none */
function adaptedPlaces(places: readonly Place[], adapter: AdapterConfig): Place[] {
  const layers = places.map((place) => ({ ...place, name: place.path }));
  const chosen = targeted(layers, adapter.targets);
  const problems = [...targetProblems(layers, adapter.targets), ...patternProblems(chosen, adapter)];
  if (problems.length > 0) fail(problems);
  return chosen.map(({ name: _, ...place }) => place);
}

/** Values that learn of a part with these linear layers and `values` values of its own: of an adapter (out + in) R a layer, R² for a mixer. */
export function partSizes(training: PartTraining, layers: readonly Place[], values: number): PartSizes {
  if (training.mode === 'frozen') return { mode: 'frozen', values: 0, places: [], mixers: 0 };
  if (training.mode === 'full') return { mode: 'full', values, places: [], mixers: 0 };
  const { adapter } = training;
  const places = adaptedPlaces(layers, adapter);
  const mixed = adapter.method === 'moslora' && adapter.trainMixer;
  const sum = (of: (place: Place, rank: number) => number): number =>
    places.reduce((total, place) => total + of(place, adapterRank(adapter, place.path)), 0);
  const mixers = mixed ? sum((_, rank) => rank ** 2) : 0;
  const factors = sum(({ out, in: inner }, rank) => rank * (out + inner) + (adapter.method === 'dora' ? out : 0));
  return { mode: 'adapter', values: factors + mixers, places, mixers };
}

/** A projector of two layers with biases, from features `seen` wide into the decoder's width. */
export function projectorPlaces(seen: number, width: number): Place[] {
  return [
    { path: 'multi_modal_projector.linear_1', out: width, in: seen },
    { path: 'multi_modal_projector.linear_2', out: width, in: width },
  ];
}

/** What learns of each part of a model. */
export function learningSizes(
  parts: Record<ModelPart, PartTraining>,
  { base, tower, seen }: { base: BaseSizes; tower: FoundTower; seen: number },
): Record<ModelPart, PartSizes> {
  const projector = base.width * (seen + base.width + 2);
  return {
    tower: partSizes(parts.tower, tower.projections, tower.parameters),
    projector: partSizes(parts.projector, projectorPlaces(seen, base.width), projector),
    decoder: partSizes(parts.decoder, base.projections, base.values),
  };
}

/** What stands beside the decoder's projections. @param parameters learning values of all parts, kept as adapters' are */
export function adapterSizes(training: PartTraining, decoder: PartSizes, parameters: number): AdapterSizes {
  if (training.mode !== 'adapter') return { parameters, ...noAdapters };
  const { rank, dropout, method } = training.adapter;
  const first = decoder.places.filter(({ path }) => /\blayers\.0\./.test(path));
  return {
    ...{
      parameters,
      rank,
      perLayer: first.length,
      dropout: dropout > 0,
      mixed: method === 'moslora',
      stretched: method === 'dora',
    },
    inputWidths: first.reduce((sum, place) => sum + place.in, 0),
    outputWidths: first.reduce((sum, place) => sum + place.out, 0),
  };
}
