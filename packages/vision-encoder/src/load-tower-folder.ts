import { join } from 'node:path';
import { readJson, WeightFolder } from '@moslora/checkpoint';
import { z } from 'zod';
import { parseTowerConfig } from './config';
import { VisionTower, type TowerOptions } from './tower';

const anyJson = z.record(z.string(), z.unknown());

/**
 * Loads the tower of a Hugging Face folder: a CLIPVisionModel, a whole CLIP or SigLIP, a ViT with or without its classifier.
 * @throws UserError naming every value of config.json and every tensor that does not fit
 */
export function loadTowerFolder(dir: string, options: TowerOptions = {}): VisionTower {
  const path = join(dir, 'config.json');
  const config = parseTowerConfig(readJson(path, anyJson), path);
  const source = WeightFolder.open(dir);
  try {
    return VisionTower.load(source, config, options);
  } finally {
    source.close();
  }
}
