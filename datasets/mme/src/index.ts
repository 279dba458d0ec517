import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'mme',
    title: 'MME',
    language: 'en',
    licence: 'for research, as its authors ask',
    source:
      'https://github.com/BradyFU/Awesome-Multimodal-Large-Language-Models/tree/Evaluation, file as VLMEvalKit loads it',
    files: [
      {
        name: 'MME.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/MME.tsv',
        hashes: [{ kind: 'md5', digest: 'b36b43c3f09801f5d368627fb92187c3' }],
      },
    ],
    columns: ['answer', 'category', 'image_path'],
    pictures: 'embedded',
    scorer: 'mme',
    asked: { after: '' },
    maxNewTokens: 16,
  },
];
