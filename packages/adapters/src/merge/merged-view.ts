import { withMade, type WeightSource } from '@moslora/checkpoint';
import type { AdapterFolder } from '../peft/adapter-folder';
import { isTable, type Rows } from '../peft/copied-weights';
import { matchModules } from '../peft/match-modules';

/** A linear layer's weight in a file. */
export interface WeightPlace {
  /** The module's path, as adapters name it. */
  name: string;
  /** Full name of its weight (out, in) in the source. */
  weight: string;
}

/**
 * A view of a dense model in which every weight with an adapter is W + s B M A (DoRA's magnitudes included) in float32, made when it is
 * read, so that one is in memory at a time. Needs a running backend.
 * @param table name of the embedding table, which is the head too where that has no weight
 * @throws UserError listing all in which adapter and model contradict each other
 */
export function mergedView(
  source: WeightSource,
  adapter: AdapterFolder,
  places: readonly WeightPlace[],
  table?: string,
): { view: WeightSource; merged: string[] } {
  const shapeOf = ({ weight }: WeightPlace): [number, number] => source.info(weight).shape as [number, number];
  const rowsOf = (module: string): Rows | undefined => {
    const weight = isTable(module) ? table : (weightOf(module, places) ?? (isInLayer(module) ? undefined : table));
    return weight === undefined ? undefined : rowsIn(source, weight);
  };
  const matched = adapter.match({ places, shapeOf, rowsOf });
  const modules = new Map([...matched].map(([module, place]) => [place.weight, { module, place }]));
  const view = withMade(source, (name) => {
    const found = modules.get(name);
    if (found === undefined) return undefined;
    const shape = shapeOf(found.place);
    return { dtype: 'F32', shape, values: () => adapter.merged(found.module, source.float32(name), shape) };
  });
  return { view, merged: [...modules.keys()] };
}

const isInLayer = (module: string): boolean => /\.layers?\.\d+\./.test(`.${module}`);

function weightOf(module: string, places: readonly WeightPlace[]): string | undefined {
  try {
    return matchModules(places, [module], '').get(module)?.weight;
  } catch {
    return undefined;
  }
}

function rowsIn(source: WeightSource, weight: string): Rows {
  const { shape } = source.info(weight);
  const columns = shape.at(-1)!;
  let values: Float32Array | undefined;
  return {
    shape,
    read: (from, to) => (values ??= source.float32(weight)).subarray(from * columns, to * columns),
    dispose: () => (values = undefined),
  };
}
