import type { TrainConfig } from '@moslora/specs';
import { stepsAhead } from '@moslora/training';
import { mostWaiting } from '../tuning/live-features';
import type { RunSizes } from './batch-sizes';
import type { Precision } from './decoder-memory';
import { towerActivations, towerWeights, usedTowerWeights, type SeeingOptions, type TowerSizes } from './tower-memory';

/** What pictures take in a run whose features are kept nowhere, in bytes. */
export interface LivePictures {
  /** All the time: the tower's weights, and pictures prepared for coming steps. */
  kept: number;
  /** While the tower sees those of a step. */
  seeing: number;
}

export interface LiveOptions extends SeeingOptions {
  precision: Precision;
  run: Pick<RunSizes, 'batchPictures'>;
  train: Pick<TrainConfig, 'accumulate'>;
}

/**
 * Pictures seen in the step: the tower stays, one batch at a time goes through it, and those of the coming steps wait as pixels, 12 S²
 * bytes each, as many as there may be.
 */
export function livePictures(tower: TowerSizes, { precision, run, train, ...how }: LiveOptions): LivePictures {
  const coming = stepsAhead * train.accumulate * run.batchPictures;
  const waiting = Math.min(mostWaiting(tower.imageSize), coming) * 12 * tower.imageSize ** 2;
  // As they are before the first products used them.
  const seeing = towerWeights(tower) + waiting + towerActivations(tower, run.batchPictures, how);
  return { kept: usedTowerWeights(tower, precision) + waiting, seeing };
}
