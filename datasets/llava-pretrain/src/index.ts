import { hashFraction, knownSplit, type Dataset } from '@moslora/specs';
import { z } from 'zod';
import { turnsOf } from './conversation';
import { origin, readCaptions } from './files';

const options = z.strictObject({
  prompts: z
    .boolean()
    .default(false)
    .describe('keep the published instruction before the caption; else the picture alone'),
  testFraction: z.number().min(0).lt(1).default(0.05).describe('share of the pictures in the split `test`'),
  seed: z.int().nonnegative().default(0).describe('which pictures are in `test`'),
});
export type LlavaPretrainOptions = z.infer<typeof options>;

const dataset: Dataset<LlavaPretrainOptions> = {
  name: 'llava-pretrain',
  card: {
    title: "LLaVA-Pretrain: web pictures with BLIP captions, LLaVA's first stage",
    licence: 'of the pictures as upstream (LAION, CC, SBU)',
    source: origin,
  },
  options,
  async *samples({ root, split: name, options: { prompts, testFraction, seed } }) {
    const split = knownSplit('llava-pretrain', name, ['train', 'test'] as const);
    for (const { row, picture } of readCaptions(root)) {
      const isTest = hashFraction(seed, `llava-pretrain/${row.image ?? row.id}`) < testFraction;
      if (isTest !== (split === 'test')) continue;
      yield {
        id: `llava-pretrain/${row.id}`,
        images: picture ? [{ path: picture }] : [],
        turns: turnsOf(row, prompts),
      };
    }
  },
};

export default dataset;
