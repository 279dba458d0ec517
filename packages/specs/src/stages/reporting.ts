import { z } from 'zod';
import { name, stageRef } from '../stage-references';
import { common } from './common';

const labelled = { label: z.string().min(1).describe('what tables call it') };

export const reportStage = z.strictObject({
  kind: z.literal('report'),
  ...common,
  tuned: stageRef.describe('the score stage that the report is about'),
  label: z.string().min(1).default('tuned').describe('what tables call it'),
  beside: z.array(z.strictObject({ ...labelled, stage: name.describe('a score stage') })).default([]),
  samples: z.int().nonnegative().default(12).describe('pictures with question, answer and verdict'),
});

export const compareStage = z.strictObject({
  kind: z.literal('compare'),
  ...common,
  runs: z
    .array(
      z.strictObject({
        ...labelled,
        instruct: stageRef.describe('an instruct stage'),
        score: stageRef.describe('its score stage'),
      }),
    )
    .min(2),
});
