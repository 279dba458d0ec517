import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'textvqa_val',
    title: 'TextVQA, validation',
    language: 'en',
    licence: 'CC BY 4.0',
    source: 'https://textvqa.org, file as VLMEvalKit loads it',
    files: [
      {
        name: 'TextVQA_VAL.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/TextVQA_VAL.tsv',
        hashes: [{ kind: 'md5', digest: 'b233b31f551bbf4056f2f955da3a92cd' }],
      },
    ],
    columns: ['answer'],
    pictures: 'embedded',
    scorer: 'textvqa',
    asked: { after: '\nAnswer the question using a single word or phrase.' },
    maxNewTokens: 16,
  },
];
