import { z } from 'zod';

/** state.json of a training checkpoint. */
export const checkpointStateSchema = z.strictObject({
  version: z.literal(1),
  identity: z.string().describe('what was being trained on what; a checkpoint of another identity is not continued'),
  step: z.int().nonnegative().describe('optimiser steps done'),
  position: z.int().nonnegative().describe('samples consumed, across epochs'),
  updates: z.int().nonnegative().describe('AdamW updates made (steps less those skipped)'),
  skippedSteps: z.int().nonnegative().describe('steps skipped because of a non-finite loss or gradient'),
  tokens: z.int().nonnegative().describe('label tokens seen'),
  seconds: z.number().nonnegative().describe('training time, all attempts together'),
});
export type CheckpointState = z.infer<typeof checkpointStateSchema>;
