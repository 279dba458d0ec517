import type { Benchmark } from '@moslora/specs';

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'seedbench_img',
    title: 'SEED-Bench, pictures',
    language: 'en',
    licence: 'CC BY-NC 4.0',
    source: 'https://github.com/AILab-CVC/SEED-Bench, file as VLMEvalKit loads it',
    files: [
      {
        name: 'SEEDBench_IMG.tsv',
        url: 'https://opencompass.openxlab.space/utils/benchmarks/SEEDBench/SEEDBench_IMG.tsv',
        hashes: [{ kind: 'md5', digest: '68017231464752261a2526d6ca3a10c0' }],
      },
    ],
    columns: ['A', 'B'],
    pictures: 'embedded',
    scorer: 'options',
    asked: 'options',
    maxNewTokens: 16,
  },
];
