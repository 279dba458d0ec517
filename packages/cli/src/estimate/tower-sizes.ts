import { SafetensorsFile, WeightFolder } from '@moslora/checkpoint';
import { towerPlace, type PartPlace } from '@moslora/model-llava';
import { isNative } from '@moslora/runtime';
import type { StageConfigOf } from '@moslora/specs';
import { findTower, parseTowerConfig, patchCount, towerSpecs, type TowerConfig } from '@moslora/vision-encoder';
import { statSync } from 'node:fs';
import type { StageContext } from '../stages/stage';
import { orElse } from '../stages/or-else';
import { towerFolder } from '../tuning/stage-outputs';
import { publishedShape } from './published-shapes';
import type { TowerSizes } from './tower-memory';

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/** A tower's sizes, and what of it can learn. */
export interface FoundTower extends TowerSizes {
  patches: number;
  /** Its linear layers, as adapters can take their places, and (out, in). */
  projections: { path: string; out: number; in: number }[];
}

/** Sizes of a tuning stage's tower: from its folder, or before it is trained from the stage that will train it. */
export function towerSizes(context: TuningContext): FoundTower {
  const { config: own, place } = towerConfig(context);
  const config = { ...own, imageSize: context.config.features.imageSize ?? own.imageSize };
  const { layers, hiddenSize, intermediateSize, heads, imageSize, classToken } = config;
  const specs = towerSpecs(config).map(({ name, shape, matrix = false }) => {
    return { name, shape, matrix, values: shape.reduce((a, b) => a * b, 1) };
  });
  const count = (wanted: (spec: (typeof specs)[number]) => boolean): number =>
    specs.filter(wanted).reduce((sum, { values }) => sum + values, 0);
  const isNarrow = narrowNames(own, place);
  const patches = patchCount(config);
  return {
    ...{ layers, heads, imageSize, patches, width: hiddenSize, inner: intermediateSize },
    projections: specs
      .filter(({ name, shape }) => /\blayers?\.\d+\./.test(name) && shape.length === 2)
      .map(({ name, shape: [out, inner] }) => ({ path: name.slice(0, -'.weight'.length), out: out!, in: inner! })),
    positions: patches + (classToken ? 1 : 0),
    parameters: count(() => true),
    matrices: count(({ matrix }) => matrix),
    narrow: count(({ name, matrix }) => matrix && isNarrow(name)),
  };
}

/** Which of a tower's tensors are stored in 16 bits, and may stay so in memory. */
function narrowNames(config: TowerConfig, place: PartPlace | undefined): (name: string) => boolean {
  if (place === undefined || !isNative()) return () => false;
  const isFile = statSync(place.weights, { throwIfNoEntry: false })?.isFile() === true;
  const source = (isFile ? SafetensorsFile : WeightFolder).open(place.weights);
  const prefix = findTower(source.names(), config.kind, source.where);
  const narrow = new Set(source.names().filter((name) => ['BF16', 'F16'].includes(source.info(name).dtype)));
  source.close();
  return (name) => narrow.has(prefix + name);
}

function towerConfig(context: TuningContext): { config: TowerConfig; place?: PartPlace } {
  const { tower } = context.config;
  const made = 'stage' in tower ? context.stages[tower.stage] : undefined;
  const folder = orElse(() => towerFolder(context, tower), undefined);
  if (folder === undefined && made?.kind === 'pretrain-vision') {
    const { imageSize, patchSize, width, layers, heads, mlpWidth } = made.model;
    const shape = { image_size: imageSize, patch_size: patchSize, hidden_size: width, num_hidden_layers: layers };
    const rest = { num_attention_heads: heads, intermediate_size: mlpWidth };
    const json = { model_type: 'clip_vision_model', ...shape, ...rest };
    return { config: parseTowerConfig(json, 'the tower to pretrain') };
  }
  const published = folder === undefined ? publishedShape(tower, 'tower') : undefined;
  if (published) return { config: parseTowerConfig(published.config, `${published.name}, config.json`) };
  const place = towerPlace(folder ?? towerFolder(context, tower));
  return { config: parseTowerConfig(place.config, place.where), place };
}
