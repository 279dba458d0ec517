import { z } from 'zod';

/** What validation has found so far; part of a checkpoint, so that a resumed run stops and chooses as the whole one would. */
export const validationStateSchema = z.strictObject({
  best: z
    .strictObject({ step: z.int().positive(), loss: z.number() })
    .optional()
    .describe('least validation loss so far, and its step, whose checkpoint is kept'),
  sinceBest: z.int().nonnegative().describe('validations since then'),
  stopped: z.boolean().describe('whether the run was ended early: its loss fell no more'),
});
export type ValidationState = z.infer<typeof validationStateSchema>;

/**
 * state.json of a training checkpoint. Every random draw, of orders and of dropout, is derived from the seed and from where training is, so
 * that seed, step and position are all there is to remember of generators.
 */
export const checkpointStateSchema = z.strictObject({
  version: z.literal(2),
  identity: z.string().describe('what was being trained on what; a checkpoint of another identity is not continued'),
  seed: z.int().nonnegative().describe('from which all draws are derived, with step and position'),
  step: z.int().nonnegative().describe('optimiser steps done'),
  steps: z.int().positive().describe('optimiser steps of the whole run, which the schedule is laid over'),
  rateFactor: z.number().nonnegative().describe("the schedule's factor on the learning rates of the next step"),
  position: z.int().nonnegative().describe('samples consumed, across epochs'),
  order: z
    .strictObject({
      samples: z.int().positive().describe('samples of the data'),
      epoch: z.int().nonnegative().describe('epoch that the next sample belongs to'),
      sha256: z
        .string()
        .describe("of that epoch's order, as int32: other data, or an order drawn otherwise, are found by it"),
    })
    .describe('the order in which samples are taken'),
  updates: z.int().nonnegative().describe('AdamW updates made (steps less those skipped)'),
  skippedSteps: z.int().nonnegative().describe('steps skipped because of a non-finite loss or gradient'),
  skipsInARow: z.int().nonnegative().describe('of those, the ones without an update since'),
  tokens: z.int().nonnegative().describe('label tokens seen'),
  seconds: z.number().nonnegative().describe('training time, all attempts together'),
  validation: validationStateSchema,
});
export type CheckpointState = z.infer<typeof checkpointStateSchema>;
