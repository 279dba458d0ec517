import { z } from 'zod';

/** run.json, which every stage writes last: its presence says that the stage is whole. */
export const runSchema = z.strictObject({
  stage: z.string().describe('pipeline:stage'),
  kind: z.string().describe('stage kind'),
  config: z.unknown().describe('the resolved stage configuration, defaults included'),
  fingerprint: z.string().describe('sha256 over config, inputs and code version; equal means nothing to redo'),
  preset: z.string().optional().describe('preset of the pipeline, where one was taken'),
  seed: z.number().optional(),
  device: z.object({ backend: z.enum(['native', 'wasm', 'none']), summary: z.string() }).loose(),
  versions: z.record(z.string(), z.string()).describe('moslora, node, tfjs, libtensorflow'),
  dataHash: z.string().optional().describe('sha256 of the data the stage read'),
  startedAt: z.string(),
  seconds: z.number().describe('wall time, all attempts together'),
  peakMemoryBytes: z.number().describe('largest resident size of the process'),
  metrics: z.record(z.string(), z.unknown()).describe('what the stage measured'),
});
export type Run = z.infer<typeof runSchema>;

/** attempt.json, which stands in the folder of a resumable stage until its run.json does. */
export const attemptSchema = z.strictObject({
  inputs: z
    .string()
    .describe('sha256 over configuration and inputs; another one means that the work left here is of no use'),
  stated: z
    .record(z.string(), z.string())
    .optional()
    .describe('configuration and inputs by name, to say what differs; attempts of earlier versions have none'),
  code: z.string().describe('sha256 over the code'),
  startedAt: z.string(),
  seconds: z.number().describe('wall time of earlier attempts'),
});
export type AttemptFile = z.infer<typeof attemptSchema>;
