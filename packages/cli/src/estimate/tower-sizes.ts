import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import type { StageConfigOf } from '@moslora/specs';
import { parseTowerConfig, patchCount, towerSpecs, type TowerConfig } from '@moslora/vision-encoder';
import { z } from 'zod';
import type { StageContext } from '../stages/stage';
import { towerFolder } from '../tuning/stage-outputs';
import { orElse } from './or-else';
import type { TowerSizes } from './tower-memory';

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/** Sizes of a tuning stage's tower: from its config.json, or before it is trained from the stage that will train it. */
export function towerSizes(context: TuningContext): TowerSizes & { patches: number } {
  const config = towerConfig(context);
  const { layers, hiddenSize, intermediateSize, heads, imageSize, classToken } = config;
  const values = towerSpecs(config).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const patches = patchCount(config);
  return {
    ...{ layers, heads, imageSize, patches, width: hiddenSize, inner: intermediateSize },
    positions: patches + (classToken ? 1 : 0),
    parameters: values.reduce((a, b) => a + b, 0),
  };
}

function towerConfig(context: TuningContext): TowerConfig {
  const { tower } = context.config;
  const made = 'stage' in tower ? context.stages[tower.stage] : undefined;
  const folder = orElse(() => towerFolder(context, tower), undefined);
  if (folder === undefined && made?.kind === 'pretrain-vision') {
    const { imageSize, patchSize, width, layers, heads, mlpWidth } = made.model;
    const shape = { image_size: imageSize, patch_size: patchSize, hidden_size: width, num_hidden_layers: layers };
    const rest = { num_attention_heads: heads, intermediate_size: mlpWidth };
    return parseTowerConfig({ model_type: 'clip_vision_model', ...shape, ...rest }, 'the tower to pretrain');
  }
  const path = join(folder ?? towerFolder(context, tower), 'config.json');
  return parseTowerConfig(readJson(path, z.record(z.string(), z.unknown())), path);
}
