import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'pope',
    title: 'POPE',
    language: 'en',
    licence: 'MIT',
    source: 'https://github.com/RUCAIBox/POPE, file as VLMEvalKit loads it',
    files: [
      {
        name: 'POPE.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/POPE.tsv',
        hashes: [{ kind: 'md5', digest: 'c12f5acb142f2ef1f85a26ba2fbe41d5' }],
      },
    ],
    columns: ['answer', 'category'],
    pictures: 'embedded',
    scorer: 'pope',
    asked: { after: '' },
    maxNewTokens: 16,
  },
];
