import { z } from 'zod';
import { dataRef, stageRef } from '../stage-references';
import { common, train } from './common';
import { baseSource } from './preparing';

const visionModel = z
  .strictObject({
    imageSize: z.int().positive().default(96).describe('side of the square picture, in pixels'),
    patchSize: z.int().positive().default(16).describe('side of a patch, in pixels'),
    width: z.int().positive().default(192),
    layers: z.int().positive().default(6),
    heads: z.int().positive().default(3),
    mlpWidth: z.int().positive().default(768),
    pooling: z
      .enum(['class', 'patches'])
      .default('class')
      .describe(
        'what stands for a picture while it is matched with captions: its class token, or the mean of its patches',
      ),
    regionWeight: z
      .number()
      .min(0)
      .default(1)
      .describe('how much it counts which phrase belongs to which region, where the data names regions'),
    projectionDim: z.int().positive().default(128).describe('width of the space that pictures and captions share'),
  })
  .check((context) => {
    const { imageSize, patchSize, width, heads } = context.value;
    if (imageSize % patchSize !== 0) {
      context.issues.push({
        code: 'custom',
        input: imageSize,
        path: ['imageSize'],
        message: `\`imageSize\` is no multiple of \`patchSize\` (${patchSize})`,
      });
    }
    if (width % heads !== 0) {
      context.issues.push({
        code: 'custom',
        input: width,
        path: ['width'],
        message: `\`width\` is no multiple of \`heads\` (${heads})`,
      });
    }
  });

const captionModel = z.strictObject({
  width: z.int().positive().default(192),
  layers: z.int().positive().default(2),
  heads: z.int().positive().default(3),
  maxTokens: z.int().positive().default(64).describe('longer captions are cut'),
});

export const pretrainVisionStage = z.strictObject({
  kind: z.literal('pretrain-vision'),
  ...common,
  data: dataRef.describe('pictures with captions'),
  holdout: dataRef.optional().describe('pictures and captions to measure retrieval on'),
  tokenizer: z.union([baseSource, stageRef]).describe('whose tokenizer the captions are cut with'),
  model: visionModel.prefault({}),
  captions: captionModel.prefault({}).describe('the text tower, which is thrown away afterwards'),
  together: z
    .int()
    .positive()
    .default(1)
    .describe('pictures in a row that go into a batch together, to be told apart; train.batchSize counts such groups'),
  train,
});
