import { z } from 'zod';
import { parseTowerConfig, type TowerConfig } from '../config';

/** The shape of a tower to pretrain, and of the text tower that teaches it. */
export const contrastiveConfigSchema = z.strictObject({
  imageSize: z.int().positive().default(96).describe('S, side of the picture in pixels'),
  patchSize: z.int().positive().default(16).describe('P; must divide imageSize'),
  hiddenSize: z.int().positive().default(192).describe('D of the vision tower'),
  layers: z
    .int()
    .positive()
    .default(6)
    .describe('layers of the vision tower; the last one is not used by features of layer -2'),
  heads: z.int().positive().default(3).describe('attention heads of the vision tower'),
  intermediateSize: z.int().positive().default(768).describe('width inside its MLP'),
  projectionSize: z.int().positive().default(128).describe('width of the space where pictures and texts meet'),
  pooling: z
    .enum(['class', 'patches'])
    .default('class')
    .describe(
      'what stands for the picture: the class token as in CLIP, or the mean of its patches, which then learn what they show',
    ),
  regionWeight: z
    .number()
    .min(0)
    .default(1)
    .describe('how much it counts which phrase belongs to which region, beside which caption to which picture'),
  text: z
    .strictObject({
      vocabSize: z.int().positive().default(6400).describe('V, ids the text tower knows'),
      maxLength: z.int().positive().default(64).describe('longest text in tokens; longer ones are cut'),
      hiddenSize: z.int().positive().default(128).describe('D of the text tower'),
      layers: z.int().positive().default(2).describe('layers of the text tower'),
      heads: z.int().positive().default(4).describe('attention heads of the text tower'),
    })
    .prefault({}),
});
export type ContrastiveConfig = z.infer<typeof contrastiveConfigSchema>;

/** The CLIP tower that is pretrained. */
export function pretrainedTowerConfig(config: ContrastiveConfig): TowerConfig {
  const { imageSize, patchSize, hiddenSize, layers, heads, intermediateSize } = config;
  const json = {
    model_type: 'clip_vision_model',
    image_size: imageSize,
    patch_size: patchSize,
    hidden_size: hiddenSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediateSize,
  };
  return parseTowerConfig(json, 'the tower to pretrain');
}
