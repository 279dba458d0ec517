import type { TrainConfig } from '@moslora/specs';

type ScheduleSettings = Pick<TrainConfig, 'warmup' | 'schedule' | 'minLearningRate'>;

/**
 * The factor on the peak learning rate at an optimiser step (from 0) of `total`.
 * Warmup rises linearly over ceil(warmup · total) steps, reaching 1 on the last of them; then cosine, linear or constant down to
 * `minLearningRate`, reached on the step after the last one.
 */
export function learningRateFactor(step: number, total: number, settings: ScheduleSettings): number {
  const warmupSteps = Math.ceil(settings.warmup * total);
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  const progress = (step - warmupSteps) / Math.max(1, total - warmupSteps);
  const floor = settings.minLearningRate;
  switch (settings.schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return floor + (1 - floor) * (1 - progress);
    case 'cosine':
      return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * progress));
  }
}
