import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'scienceqa_val',
    title: 'ScienceQA with pictures, val',
    language: 'en',
    licence: 'CC BY-NC-SA 4.0',
    source: 'https://github.com/lupantech/ScienceQA, file as VLMEvalKit loads it',
    files: [
      {
        name: 'ScienceQA_VAL.tsv',
        url: 'https://opencompass.openxlab.space/utils/benchmarks/ScienceQA/ScienceQA_VAL.tsv',
        hashes: [{ kind: 'md5', digest: '96320d05e142e585e7204e72affd29f3' }],
      },
    ],
    columns: ['A', 'B'],
    pictures: 'embedded',
    scorer: 'options',
    asked: 'options',
    maxNewTokens: 16,
  },
  {
    name: 'scienceqa_test',
    title: 'ScienceQA with pictures, test',
    language: 'en',
    licence: 'CC BY-NC-SA 4.0',
    source: 'https://github.com/lupantech/ScienceQA, file as VLMEvalKit loads it',
    files: [
      {
        name: 'ScienceQA_TEST.tsv',
        url: 'https://opencompass.openxlab.space/utils/benchmarks/ScienceQA/ScienceQA_TEST.tsv',
        hashes: [{ kind: 'md5', digest: 'e42e9e00f9c59a80d8a5db35bc32b71f' }],
      },
    ],
    columns: ['A', 'B'],
    pictures: 'embedded',
    scorer: 'options',
    asked: 'options',
    maxNewTokens: 16,
  },
];
