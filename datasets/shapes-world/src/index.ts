import type { Dataset } from '@moslora/specs';
import { optionsSchema } from './options';
import type { ShapesWorldOptions } from './options';
import { prepare } from './prepare';
import { readSamples } from './samples';

export { optionsSchema } from './options';
export type { ShapesWorldOptions } from './options';

const dataset: Dataset<ShapesWorldOptions> = {
  name: 'shapes-world',
  card: {
    title: 'Shapes world: seeded scenes with captions, conversations and MMBench questions in English and Chinese',
    licence: 'Apache-2.0',
    source: 'drawn on this machine from a seed',
  },
  options: optionsSchema,
  prepare: ({ into, options, log, signal }) => prepare(into, options, log, signal),
  samples: ({ root, split }) => readSamples(root, split),
};

export default dataset;
