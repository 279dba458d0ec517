export { parseTowerConfig, patchCount, patchGrid, towerConfigSchema, type TowerConfig, type TowerKind } from './config';
export { findTower } from './names';
export { towerSpecs, type TensorSpec } from './tensor-specs';
export type { FeatureChoice } from './feature-choice';
export { VisionTower, type TowerOptions } from './tower';
export { loadTowerFolder } from './load-tower-folder';
export { saveTower } from './save-tower';
export { contrastiveConfigSchema, pretrainedTowerConfig, type ContrastiveConfig } from './contrastive/config';
export { ContrastiveModel, type ContrastiveBatch, type RegionBatch } from './contrastive/model';
