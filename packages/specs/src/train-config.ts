import { z } from 'zod';
import { scheduleSchema } from './schedule-config';

/** Training settings (configs/train/*.yaml, or inline in a stage). */
export const trainConfigSchema = z.strictObject({
  seed: z.int().nonnegative().default(42).describe('seeds order, initialisation and dropout'),
  steps: z.int().positive().optional().describe('optimiser steps; without it, `epochs` decides'),
  epochs: z.number().positive().default(1).describe('passes over the data, when `steps` is absent'),
  batchSize: z.int().positive().default(8).describe('samples in one forward pass'),
  accumulate: z.int().positive().default(1).describe('forward passes per optimiser step, weighted by label tokens'),
  learningRate: z.number().positive().default(2e-4).describe('peak learning rate'),
  projectorLearningRate: z
    .number()
    .positive()
    .optional()
    .describe('peak learning rate of the projector; default: learningRate'),
  warmup: z.number().min(0).max(1).default(0.03).describe('fraction of the steps with a linear rise'),
  schedule: scheduleSchema
    .default({ kind: 'cosine' })
    .describe('after the warmup: a kind, or an object with `kind` and its settings'),
  minLearningRate: z.number().min(0).max(1).default(0).describe('where the schedule ends, as a fraction of the peak'),
  betas: z
    .tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)])
    .default([0.9, 0.999])
    .describe('AdamW betas'),
  epsilon: z.number().positive().default(1e-8).describe('AdamW epsilon'),
  weightDecay: z.number().min(0).default(0).describe('decoupled weight decay'),
  clipNorm: z.number().positive().default(1).describe('largest global gradient norm'),
  stopAfterSkips: z
    .int()
    .positive()
    .default(5)
    .describe('steps in a row whose loss or gradient is not finite, which are skipped, until the run gives up'),
  emaDecay: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'of an exponential moving average of what learns, which is validated and becomes the outputs; absent: there is none',
    ),
  groupByLength: z
    .boolean()
    .default(false)
    .describe(
      'put samples of like length, and of a kind (with pictures or without), into one batch, so that less is padded',
    ),
  gradientCheckpointing: z
    .boolean()
    .default(false)
    .describe('recompute each layer in the backward pass instead of keeping it'),
  precision: z
    .enum(['auto', 'float32', 'bfloat16'])
    .default('auto')
    .describe('of matrix products on the native backend; auto takes bfloat16 where this CPU is faster at it'),
  maxLength: z.int().positive().default(2048).describe('longest sample in tokens, picture slots included'),
  checkpointEvery: z.int().positive().default(50).describe('optimiser steps between checkpoints'),
  keepCheckpoints: z.int().positive().default(2).describe('newest checkpoints to keep'),
  logEvery: z.int().positive().default(1).describe('optimiser steps between lines in metrics.jsonl'),
  mixerEvery: z
    .int()
    .positive()
    .default(20)
    .describe('optimiser steps between readings of the mixers: their singular values and distance from the identity'),
});
export type TrainConfig = z.infer<typeof trainConfigSchema>;
