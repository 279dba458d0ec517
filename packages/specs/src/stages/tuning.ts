import { z } from 'zod';
import { adapterConfigSchema } from '../adapter-config';
import { partsProblems, partsSchema, type PartsGiven } from '../part-training';
import { folderRef, mixturePart } from '../stage-references';
import { validationSchema } from '../validation-config';
import { common, train } from './common';

const features = z
  .strictObject({
    layer: z
      .union([z.int(), z.array(z.int()).min(1)])
      .default(-2)
      .describe('hidden state of the tower that is read; several are joined'),
    select: z.enum(['default', 'full']).default('default').describe('default drops the class token'),
    pool: z
      .int()
      .positive()
      .default(1)
      .describe('averages pool x pool neighbouring patches, so that a picture takes pool² times fewer positions'),
    imageSize: z
      .int()
      .positive()
      .optional()
      .describe("side of the pictures the tower sees; another than its own interpolates the tower's positions"),
    keep: z
      .boolean()
      .default(true)
      .describe(
        'true: the tower sees every picture once, and 4·N·D bytes of features a picture are kept on disk; ' +
          'false: it sees them anew in every step, and worker threads prepare those of the next one',
      ),
  })
  .prefault({});

const tuning = {
  tower: folderRef.describe('the vision tower'),
  base: folderRef.describe('the quantised language model'),
  residency: z
    .enum(['packed', 'dequantized'])
    .default('packed')
    .describe(
      'how the 4-bit weights lie in memory: packed, unpacked anew at every use; or unpacked once, faster where memory allows',
    ),
  data: z.array(mixturePart).min(1),
  policy: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe(
      'what becomes of samples that cannot be trained on (`moslora validate-data` lists them): fail stops before the first step; skip ' +
        'leaves them out, and run.json has their number and ids',
    ),
  order: z
    .enum(['mixed', 'parts'])
    .default('mixed')
    .describe('mixed: all data shuffled together; parts: one part of `data` after the other, each shuffled in itself'),
  template: z
    .string()
    .min(1)
    .default('minimind')
    .describe(
      "chat template: a known name; auto, the one that fits the base; chat or chat:NAME, the base's own as it is",
    ),
  system: z.string().optional().describe('system turn put before every conversation'),
  turns: z
    .enum(['chained', 'independent'])
    .default('chained')
    .describe(
      'independent: every question sees the picture but not the turns before it, as it will be when it is asked alone',
    ),
  packing: z
    .boolean()
    .default(false)
    .describe(
      'put several samples of a batch into one row of at most train.maxLength, each with positions of its own and blind to the others: the ' +
        'same losses with less padding; goes with `turns: chained`',
    ),
  features,
  parts: partsSchema,
  train,
  validation: validationSchema.optional().describe('held-out data to measure the loss on while training'),
};

/** What of packing does not fit the rest of a tuning stage. */
function checkPacking({
  value,
  issues,
}: z.core.ParsePayload<{ packing: boolean; turns: 'chained' | 'independent' }>): void {
  if (!value.packing || value.turns === 'chained') return;
  const message = '`packing` does not go with `turns: independent`, whose samples are packed already';
  issues.push({ code: 'custom', input: value.packing, path: ['packing'], message });
}

function checkParts(context: { value: PartsGiven; issues: z.core.$ZodRawIssue[] }): void {
  for (const problem of partsProblems(context.value))
    context.issues.push({ code: 'custom', input: context.value, ...problem });
}

export const alignStage = z
  .strictObject({
    kind: z.literal('align'),
    ...common,
    ...tuning,
    projector: folderRef.optional().describe('where the projector starts; default: fresh weights'),
  })
  .check(checkPacking)
  .check(checkParts);

const instructObject = z.strictObject({
  kind: z.literal('instruct'),
  ...common,
  ...tuning,
  projector: folderRef.describe('where the projector starts: an align stage'),
  trainProjector: z.boolean().default(true),
  adapter: adapterConfigSchema
    .optional()
    .describe('adapter settings of the decoder, or the name of one in configs/adapter; or `parts.decoder` says more'),
});
export const instructStage = instructObject.check(checkPacking).check(checkParts);
