import { AdapterFolder, mergedView, type ModelPart, type WeightPlace } from '@moslora/adapters';
import type { WeightSource } from '@moslora/checkpoint';
import { findTower, parseTowerConfig, towerSpecs } from '@moslora/vision-encoder';
import { denseView } from '../dense-view';
import type { PartPlace } from '../layouts/layout';
import { WeightFiles } from '../layouts/weight-files';
import { towerStart } from '../tower-slots';
import { decoderParts } from './part-tensors';

/** A part of a model with its adapter merged. */
export interface MergedPart {
  view: WeightSource;
  /** The same without the adapter. */
  before: WeightSource;
  /** Names of the tensors in which they differ. */
  merged: ReadonlySet<string>;
}

/** Weights of parts as they are once their adapters are merged: dense, in float32 where an adapter was. Open until they are closed. */
export class MergedParts {
  private readonly files = new WeightFiles();
  private readonly adapters: AdapterFolder[] = [];

  /** Dense tensors under the names they are stored by. */
  open(path: string): WeightSource {
    return denseView(this.files.open(path));
  }

  /** The decoder's tensors. @throws UserError where adapter and decoder do not fit */
  async decoder(place: PartPlace): Promise<MergedPart> {
    const source = this.open(place.weights);
    if (place.adapter === undefined) return { view: source, before: source, merged: new Set() };
    const parts = await decoderParts(source, place);
    const linear = parts.filter(({ kind }) => kind === 'linear' || kind === 'head');
    const table = parts.find(({ kind }) => kind === 'table')!.stored;
    return this.withAdapter(source, place.adapter, 'decoder', linear.map(placeOf), table);
  }

  /** The same of a tower. */
  tower(place: PartPlace): MergedPart {
    const source = this.open(place.weights);
    if (place.adapter === undefined) return { view: source, before: source, merged: new Set() };
    const tower = parseTowerConfig(place.config, place.where);
    const prefix = findTower(source.names(), tower.kind, source.where);
    const start = towerStart(place.adapter);
    const places = towerSpecs(tower)
      .filter(({ matrix }) => matrix)
      .map(({ name }): WeightPlace => ({ name: start + withoutWeight(name), weight: prefix + name }));
    return this.withAdapter(source, place.adapter, 'tower', places);
  }

  close(): void {
    this.files.close();
    for (const adapter of this.adapters) adapter.close();
  }

  private withAdapter(
    source: WeightSource,
    dir: string,
    part: ModelPart,
    places: readonly WeightPlace[],
    table?: string,
  ): MergedPart {
    const adapter = AdapterFolder.open(dir, part);
    this.adapters.push(adapter);
    const { view, merged } = mergedView(source, adapter, places, table);
    return { view, before: source, merged: new Set(merged) };
  }
}

const withoutWeight = (name: string): string => name.slice(0, -'.weight'.length);
const placeOf = ({ stored }: { stored: string }): WeightPlace => ({ name: withoutWeight(stored), weight: stored });
