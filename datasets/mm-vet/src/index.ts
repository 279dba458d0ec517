import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'mmvet',
    title: 'MM-Vet',
    language: 'en',
    licence: 'CC BY-NC 4.0',
    source: 'https://github.com/yuweihao/MM-Vet, file as VLMEvalKit loads it',
    files: [
      {
        name: 'MMVet.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/MMVet.tsv',
        hashes: [{ kind: 'md5', digest: '748aa6d4aa9d4de798306a63718455e3' }],
      },
    ],
    columns: ['answer', 'category'],
    pictures: 'embedded',
    scorer: 'mm-vet',
    asked: { after: '' },
    maxNewTokens: 512,
  },
];
