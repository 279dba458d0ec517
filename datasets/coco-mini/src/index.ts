import { IMAGE_MARKER, knownSplit, type Dataset } from '@moslora/specs';
import { z } from 'zod';
import { origin, readCaptions } from './files';

const options = z.strictObject({
  question: z.string().default('').describe('asked on a line of its own under the picture; empty: the picture alone'),
  captions: z
    .enum(['all', 'first'])
    .default('all')
    .describe('one sample for each caption, or for the first of each picture'),
});
export type CocoMiniOptions = z.infer<typeof options>;

const dataset: Dataset<CocoMiniOptions> = {
  name: 'coco-mini',
  card: { title: 'COCO captions: five sentences for each picture', licence: 'CC BY 4.0 (annotations)', source: origin },
  options,
  async *samples({ root, split, options: { question, captions } }) {
    const part = knownSplit('coco-mini', split, ['train', 'test'] as const) === 'train' ? 'train2017' : 'val2017';
    for (const { id, picture, captions: all } of readCaptions(root, part)) {
      for (const [index, caption] of (captions === 'all' ? all : all.slice(0, 1)).entries()) {
        yield {
          id: `coco-mini/${id}/${index}`,
          images: [{ path: picture }],
          turns: [
            { role: 'user', text: question === '' ? IMAGE_MARKER : `${IMAGE_MARKER}\n${question}` },
            { role: 'assistant', text: caption },
          ],
        };
      }
    }
  },
};

export default dataset;
