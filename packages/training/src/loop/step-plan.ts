import { fail, type TrainConfig } from '@moslora/specs';

/** How many optimiser steps there are, over how many samples. */
export interface StepPlan {
  steps: number;
  samplesPerStep: number;
  /** All samples of the run, across epochs; the last step may be short of a full one. */
  samples: number;
}

/** `steps` where given, else as many steps as `epochs` passes over `size` samples take. */
export function planSteps(
  size: number,
  config: Pick<TrainConfig, 'steps' | 'epochs' | 'batchSize' | 'accumulate'>,
): StepPlan {
  if (size === 0)
    fail({ what: 'Nothing to train on: the data has no samples', fix: 'check the split and the limit in the stage' });
  const samplesPerStep = config.batchSize * config.accumulate;
  const samples =
    config.steps === undefined ? Math.max(1, Math.round(size * config.epochs)) : config.steps * samplesPerStep;
  return { steps: Math.ceil(samples / samplesPerStep), samplesPerStep, samples };
}
