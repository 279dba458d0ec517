import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'mathvista_mini',
    title: 'MathVista, testmini',
    language: 'en',
    licence: 'CC BY-SA 4.0',
    source: 'https://mathvista.github.io, file as VLMEvalKit loads it',
    files: [
      {
        name: 'MathVista_MINI.tsv',
        url: 'https://opencompass.openxlab.space/utils/VLMEval/MathVista_MINI.tsv',
        hashes: [{ kind: 'md5', digest: 'f199b98e178e5a2a20e7048f5dcb0464' }],
      },
    ],
    columns: ['question_type', 'answer_type', 'choices', 'answer_option', 'task', 'skills'],
    pictures: 'embedded',
    scorer: 'mathvista',
    asked: { after: '' },
    maxNewTokens: 512,
  },
];
