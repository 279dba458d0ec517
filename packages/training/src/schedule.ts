import type { ScheduleConfig, TrainConfig } from '@moslora/specs';

type ScheduleSettings = Pick<TrainConfig, 'warmup' | 'schedule' | 'minLearningRate'>;

/**
 * The factor on the peak learning rate at an optimiser step (from 0) of `total`.
 * Warmup rises linearly over ceil(warmup · total) steps, reaching 1 on the last of them. What follows is `floor` + (1 - `floor`) · s, where
 * `floor` is `minLearningRate` and s falls from 1 to 0, reached on the step after the last one; see {@link shapeOf}.
 */
export function learningRateFactor(step: number, total: number, settings: ScheduleSettings): number {
  const warmupSteps = Math.ceil(settings.warmup * total);
  if (step < warmupSteps) return (step + 1) / warmupSteps;
  const left = Math.max(1, total - warmupSteps);
  const shape = shapeOf(settings.schedule, { step: step - warmupSteps, left, warmupSteps, total });
  return settings.minLearningRate + (1 - settings.minLearningRate) * shape;
}

interface Place {
  /** Steps since the warmup. */
  step: number;
  /** Steps after the warmup. */
  left: number;
  warmupSteps: number;
  total: number;
}

/**
 * s with t = step / left: constant 1; linear 1 - t; cosine ½(1 + cos πt); polynomial (1 - t)^power; inverse-sqrt √(w / (w + step)) with
 * w the warmup's steps, at least 1; warmup-stable-decay 1, then linear over the last ceil(decay · total) steps; cosine-restarts the cosine of
 * the fractional part of cycles · t.
 */
function shapeOf(schedule: ScheduleConfig, { step, left, warmupSteps, total }: Place): number {
  const t = step / left;
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'linear':
      return 1 - t;
    case 'cosine':
      return cosine(t);
    case 'polynomial':
      return (1 - t) ** schedule.power;
    case 'inverse-sqrt': {
      const w = Math.max(1, warmupSteps);
      return Math.sqrt(w / (w + step));
    }
    case 'warmup-stable-decay':
      return Math.min(1, (left - step) / Math.min(left, Math.ceil(schedule.decay * total)));
    case 'cosine-restarts':
      return cosine((schedule.cycles * t) % 1);
  }
}

function cosine(t: number): number {
  return 0.5 * (1 + Math.cos(Math.PI * t));
}
