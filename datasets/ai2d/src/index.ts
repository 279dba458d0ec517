import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'ai2d_test',
    title: 'AI2D, test',
    language: 'en',
    licence: 'CC BY-SA 4.0',
    source: 'https://allenai.org/data/diagrams, file as VLMEvalKit loads it',
    files: [
      {
        name: 'AI2D_TEST.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/AI2D_TEST.tsv',
        hashes: [{ kind: 'md5', digest: '0f593e0d1c7df9a3d69bf1f947e71975' }],
      },
    ],
    columns: ['A', 'B'],
    pictures: 'embedded',
    scorer: 'options',
    asked: 'options',
    maxNewTokens: 16,
  },
  {
    name: 'ai2d_test_no_mask',
    title: 'AI2D, test, labels in the picture left readable',
    language: 'en',
    licence: 'CC BY-SA 4.0',
    source: 'https://allenai.org/data/diagrams, file as VLMEvalKit loads it',
    files: [
      {
        name: 'AI2D_TEST_NO_MASK.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/AI2D_TEST_NO_MASK.tsv',
        hashes: [{ kind: 'md5', digest: 'fd8f463634d4fe9fbd23b876e8eea5be' }],
      },
    ],
    columns: ['A', 'B'],
    pictures: 'embedded',
    scorer: 'options',
    asked: 'options',
    maxNewTokens: 16,
  },
];
