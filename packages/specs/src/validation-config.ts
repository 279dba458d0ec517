import { z } from 'zod';
import { heldOutPart } from './stage-references';

/** How a training run is watched and ended by data that it does not learn from. */
export const validationSettings = z.strictObject({
  every: z
    .int()
    .positive()
    .default(50)
    .describe('optimiser steps between validations; there is one after the last step too'),
  take: z
    .enum(['best', 'last'])
    .default('best')
    .describe('which weights become the outputs: those of the least validation loss, or those of the last step'),
  earlyStop: z
    .strictObject({
      patience: z.int().positive().default(3).describe('validations in a row without a better loss'),
      minDelta: z.number().min(0).default(0).describe('how much lower than the best a loss must be to count as better'),
    })
    .optional()
    .describe('ends the run when its validation loss falls no more; absent: all steps are made'),
});

/** Validation of a stage that tunes on conversations. */
export const validationSchema = validationSettings.extend({
  data: z.array(heldOutPart).min(1).describe('held-out conversations, in the form of the training data'),
  holdOut: z
    .boolean()
    .default(false)
    .describe(
      'leave samples that share a picture with these conversations, or are one of them without pictures, out of the training data',
    ),
  samples: z
    .int()
    .nonnegative()
    .default(3)
    .describe('of these conversations, the first ones whose first question is answered at every validation'),
  maxNewTokens: z.int().positive().default(48).describe('longest such answer'),
});

export type ValidationSettings = z.infer<typeof validationSettings>;
export type ValidationConfig = z.infer<typeof validationSchema>;
